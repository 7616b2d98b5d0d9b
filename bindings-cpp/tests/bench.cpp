// What the C++ interface costs: plays a framework against `mesos-load feed`.
//
// usage: bench MASTER UPDATES LAUNCHES
// Prints one line of JSON: registered_ms (start to registered), rss_kb (then), cpu_us_per_update and, seen from here,
// updates_per_second. The feed prints what it saw arrive.

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <mesos/scheduler.hpp>

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu() {
  rusage use;
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

long resident_kb() {
  long pages = 0, resident = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

class Bench : public mesos::Scheduler {
 public:
  Bench(long updates, long launches) : updates(updates), launches(launches) {}

  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID&, const mesos::MasterInfo&) override {
    registeredAt = now();
    residentKb = resident_kb();
    cpuBefore = cpu();
  }

  // The last update starts the launches, on the driver's own thread as frameworks do it.
  void statusUpdate(mesos::SchedulerDriver* driver, const mesos::TaskStatus&) override {
    if (++seen != updates) return;
    const double took = now() - registeredAt, used = cpu() - cpuBefore;
    std::printf("{\"registered_ms\": %.2f, \"rss_kb\": %ld, \"updates_per_second\": %.0f, "
                "\"cpu_us_per_update\": %.2f}\n",
                (registeredAt - startedAt) * 1e3, residentKb, static_cast<double>(updates) / took,
                used * 1e6 / static_cast<double>(updates));
    std::fflush(stdout);
    mesos::OfferID offer;
    offer.set_value("o");
    mesos::TaskInfo task;
    task.set_name("t");
    task.mutable_task_id()->set_value("t");
    task.mutable_slave_id()->set_value("s");
    for (long launch = 0; launch < launches; launch++) driver->launchTasks(offer, {task});
    driver->stop();
  }

  void reregistered(mesos::SchedulerDriver*, const mesos::MasterInfo&) override {}
  void disconnected(mesos::SchedulerDriver*) override {}
  void resourceOffers(mesos::SchedulerDriver*, const std::vector<mesos::Offer>&) override {}
  void offerRescinded(mesos::SchedulerDriver*, const mesos::OfferID&) override {}
  void frameworkMessage(mesos::SchedulerDriver*, const mesos::ExecutorID&, const mesos::SlaveID&,
                        const std::string&) override {}
  void slaveLost(mesos::SchedulerDriver*, const mesos::SlaveID&) override {}
  void executorLost(mesos::SchedulerDriver*, const mesos::ExecutorID&, const mesos::SlaveID&, int) override {}
  void error(mesos::SchedulerDriver*, const std::string& message) override {
    std::fprintf(stderr, "bench: %s\n", message.c_str());
  }

  bool is_complete() const { return seen == updates; }

  double startedAt = 0;

 private:
  const long updates, launches;
  long seen = 0;
  double registeredAt = 0, cpuBefore = 0;
  long residentKb = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench MASTER UPDATES LAUNCHES\n");
    return 2;
  }
  Bench bench(std::atol(argv[2]), std::atol(argv[3]));
  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name("bench");
  mesos::MesosSchedulerDriver driver(&bench, framework, argv[1]);
  bench.startedAt = now();
  driver.run();
  return bench.is_complete() ? 0 : 1;
}
