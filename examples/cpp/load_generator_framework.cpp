// Loads a master with reconciliation requests at a rate, for a time or for ever.
//
//   load-generator-framework --master=HOST:PORT --qps=Q [--duration=10mins]   and the flags of all examples

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <mesos/scheduler.hpp>

#include <stout/duration.hpp>
#include <stout/exit.hpp>
#include <stout/option.hpp>

#include "example_flags.hpp"

using namespace mesos;

using std::cerr;
using std::endl;
using std::string;
using std::vector;

class Flags : public virtual ExampleFlags {
 public:
  Flags() {
    add(&Flags::qps, "qps", "How many requests to send per second, at most.");
    add(&Flags::duration, "duration", "How long to go on; without it, for ever.");
  }

  double qps;
  Option<Duration> duration;
};

// Sends requests from a thread of its own until it is destroyed or the time is over.
class LoadGenerator {
 public:
  LoadGenerator(SchedulerDriver* driver, double qps, const Option<Duration>& duration)
      : driver(driver), qps(qps), duration(duration), thread([this] { generate(); }) {}

  ~LoadGenerator() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      is_stopped = true;
    }
    stopped.notify_all();
    thread.join();
  }

 private:
  typedef std::chrono::steady_clock Clock;

  void generate() {
    const Clock::time_point start = Clock::now();
    const auto pause = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1.0 / qps));
    Clock::time_point next = start;
    unsigned long messages = 0;
    std::unique_lock<std::mutex> lock(mutex);
    while (!is_stopped) {
      const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
      if (duration.isSome() && elapsed >= duration.get().secs()) {
        cerr << "LoadGenerator generated " << messages << " messages in " << elapsed
             << " secs (throughput = " << static_cast<double>(messages) / elapsed << " messages/sec)" << endl;
        driver->stop();
        return;
      }
      driver->reconcileTasks(vector<TaskStatus>());
      messages++;
      // A late request is not made up for.
      next = std::max(next + pause, Clock::now());
      stopped.wait_until(lock, next, [this] { return is_stopped; });
    }
  }

  SchedulerDriver* const driver;
  const double qps;
  const Option<Duration> duration;
  std::mutex mutex;
  std::condition_variable stopped;
  bool is_stopped = false;
  std::thread thread;
};

class LoadGeneratorScheduler : public Scheduler {
 public:
  LoadGeneratorScheduler(double qps, const Option<Duration>& duration) : qps(qps), duration(duration) {}

  // The driver must not be destroyed before.
  void end() { generator.reset(); }

  void registered(SchedulerDriver* driver, const FrameworkID&, const MasterInfo& master) override {
    cerr << "Registered with " << master.pid() << endl;
    begin(driver);
  }

  void reregistered(SchedulerDriver* driver, const MasterInfo& master) override {
    cerr << "Reregistered with " << master.pid() << endl;
    begin(driver);
  }

  void disconnected(SchedulerDriver*) override {
    generator.reset();
    cerr << "Disconnected! Stopped LoadGenerator" << endl;
  }

  void resourceOffers(SchedulerDriver* driver, const vector<Offer>& offers) override {
    cerr << "Received " << offers.size() << " resource offers. Declining them" << endl;
    Filters filters;
    filters.set_refuse_seconds(Duration::max().secs());
    for (const Offer& offer : offers) driver->declineOffer(offer.id(), filters);
  }

  void offerRescinded(SchedulerDriver*, const OfferID&) override {}
  void statusUpdate(SchedulerDriver*, const TaskStatus&) override {}
  void frameworkMessage(SchedulerDriver*, const ExecutorID&, const SlaveID&, const string&) override {}
  void slaveLost(SchedulerDriver*, const SlaveID&) override {}
  void executorLost(SchedulerDriver*, const ExecutorID&, const SlaveID&, int) override {}

  void error(SchedulerDriver*, const string& message) override {
    EXIT(EXIT_FAILURE) << "Error received: " << message;
  }

 private:
  void begin(SchedulerDriver* driver) {
    if (generator) return;
    cerr << "Starting LoadGenerator at QPS: " << qps << endl;
    generator.reset(new LoadGenerator(driver, qps, duration));
  }

  const double qps;
  const Option<Duration> duration;
  std::unique_ptr<LoadGenerator> generator;
};

int main(int argc, char** argv) {
  Flags flags;
  flags.load_or_exit(argc, argv);
  if (flags.qps <= 0.0) EXIT(EXIT_FAILURE) << "Flag '--qps' needs to be greater than zero";
  flags.configure_local();

  FrameworkInfo framework;
  framework.set_user("");  // The library fills in the current user.
  framework.set_principal(flags.principal);
  framework.set_name("Load Generator Framework (C++)");
  framework.set_checkpoint(flags.checkpoint);
  framework.add_roles(flags.role);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::MULTI_ROLE);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::RESERVATION_REFINEMENT);

  LoadGeneratorScheduler scheduler(flags.qps, flags.duration);
  const Option<Credential> credential = flags.credential<Credential>();
  std::unique_ptr<MesosSchedulerDriver> driver;
  if (credential.isSome()) {
    driver.reset(new MesosSchedulerDriver(&scheduler, framework, flags.master, credential.get()));
  } else {
    driver.reset(new MesosSchedulerDriver(&scheduler, framework, flags.master));
  }

  const int status = driver->run() == DRIVER_STOPPED ? EXIT_SUCCESS : EXIT_FAILURE;
  driver->stop();
  scheduler.end();
  return status;
}
