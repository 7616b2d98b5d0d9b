// What the C++ interface costs: plays a framework against `mesos-load feed`.
//
// usage: bench MASTER UPDATES LAUNCHES
// Prints one line of JSON; see ffi-c/tests/c/bench.c.

#include <mesos/scheduler.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

using namespace mesos;

namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

double cpuSeconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

long residentKilobytes() {
  long total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

class Bench : public Scheduler {
public:
  Bench(long updates, long launches) : expected(updates), launches(launches) {}

  void registered(SchedulerDriver*, const FrameworkID&, const MasterInfo&) override {
    registeredAt = Clock::now();
    resident = residentKilobytes();
    cpuBefore = cpuSeconds();
  }

  void statusUpdate(SchedulerDriver* driver, const TaskStatus&) override {
    if (++seen != expected) return;
    report();
    OfferID offer;
    offer.set_value("o");
    TaskInfo task;
    task.set_name("t");
    task.mutable_task_id()->set_value("t");
    task.mutable_slave_id()->set_value("s");
    for (long i = 0; i < launches; i++) driver->launchTasks(offer, std::vector<TaskInfo>{task});
    driver->stop();
  }

  void reregistered(SchedulerDriver*, const MasterInfo&) override {}
  void disconnected(SchedulerDriver*) override {}
  void resourceOffers(SchedulerDriver*, const std::vector<Offer>&) override {}
  void offerRescinded(SchedulerDriver*, const OfferID&) override {}
  void frameworkMessage(SchedulerDriver*, const ExecutorID&, const SlaveID&, const std::string&) override {}
  void slaveLost(SchedulerDriver*, const SlaveID&) override {}
  void executorLost(SchedulerDriver*, const ExecutorID&, const SlaveID&, int) override {}
  void error(SchedulerDriver*, const std::string& message) override { std::cerr << message << std::endl; }

  bool done() const { return seen == expected; }

  Clock::time_point started;

private:
  void report() const {
    double took = seconds(Clock::now() - registeredAt);
    double used = cpuSeconds() - cpuBefore;
    std::printf(
        "{\"registered_ms\": %.2f, \"rss_kb\": %ld, \"updates_per_second\": %.0f, \"cpu_us_per_update\": %.2f}\n",
        seconds(registeredAt - started) * 1e3, resident, static_cast<double>(expected) / took,
        used * 1e6 / static_cast<double>(expected));
    std::fflush(stdout);
  }

  const long expected;
  const long launches;
  long seen = 0;
  long resident = 0;
  double cpuBefore = 0;
  Clock::time_point registeredAt;
};

} // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::cerr << "usage: bench MASTER UPDATES LAUNCHES" << std::endl;
    return 2;
  }
  FrameworkInfo framework;
  framework.set_user("");
  framework.set_name("bench");
  Bench bench(std::stol(words[2]), std::stol(words[3]));
  MesosSchedulerDriver driver(&bench, framework, words[1]);
  bench.started = Clock::now();
  driver.run();
  return bench.done() ? 0 : 1;
}
