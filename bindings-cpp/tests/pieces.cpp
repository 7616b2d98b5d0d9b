// What the small types and the helpers of messages promise. Ends with 1, and says what, if one does not hold.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <list>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include <mesos/attributes.hpp>
#include <mesos/executor.hpp>
#include <mesos/http.hpp>
#include <mesos/resources.hpp>
#include <mesos/roles.hpp>
#include <mesos/scheduler.hpp>
#include <mesos/type_utils.hpp>
#include <mesos/v1/attributes.hpp>
#include <mesos/v1/executor.hpp>
#include <mesos/v1/resources.hpp>
#include <mesos/v1/scheduler.hpp>
#include <mesos/values.hpp>
#include <mesos/version.hpp>

#include <process/future.hpp>
#include <process/owned.hpp>
#include <process/shared.hpp>

#include <stout/bytes.hpp>
#include <stout/check.hpp>
#include <stout/duration.hpp>
#include <stout/exit.hpp>
#include <stout/flags.hpp>
#include <stout/foreach.hpp>
#include <stout/hashmap.hpp>
#include <stout/hashset.hpp>
#include <stout/lambda.hpp>
#include <stout/numify.hpp>
#include <stout/option.hpp>
#include <stout/os.hpp>
#include <stout/path.hpp>
#include <stout/result.hpp>
#include <stout/stringify.hpp>
#include <stout/strings.hpp>
#include <stout/try.hpp>
#include <stout/unreachable.hpp>
#include <stout/uuid.hpp>

namespace {

int failures = 0;

#define HOLDS(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      failures++;                                                                    \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);   \
    }                                                                                \
  } while (false)

Option<std::string> maybe(bool there) {
  if (there) return std::string("here");
  return None();
}

Try<int> half(int number) {
  if (number % 2 != 0) return Error("odd");
  return number / 2;
}

void options_and_tries() {
  HOLDS(maybe(true).isSome() && maybe(true).get() == "here" && maybe(true)->size() == 4);
  HOLDS(maybe(false).isNone() && maybe(false).getOrElse("else") == "else");
  Option<std::string> text = "literal";
  text = None();
  HOLDS(text.isNone());
  text = Some(std::string("some"));
  HOLDS(text == Option<std::string>("some") && text != maybe(false));
  Option<Option<int>> nested = Option<int>(3);
  HOLDS(nested.isSome() && nested.get().get() == 3);
  HOLDS(half(4).isSome() && half(4).get() == 2 && half(3).isError() && half(3).error() == "odd");
  const Try<std::string> converted = "from a literal";
  HOLDS(converted.get() == "from a literal");
  const Result<int> nothing = None();
  HOLDS(nothing.isNone() && !nothing.isError() && Result<int>(Error("bad")).isError());
  CHECK_SOME(half(4)) << "never printed";
  CHECK_ERROR(half(3));
}

void units() {
  HOLDS(stringify(Megabytes(512)) == "512MB" && Bytes::parse("2GB").get() == Gigabytes(2));
  HOLDS(Bytes::parse("1.5GB").isError() && stringify(Bytes(1025)) == "1025B");
  HOLDS(stringify(Seconds(90)) == "90secs" && stringify(Minutes(2)) == "2mins" && stringify(Weeks(2)) == "2weeks");
  HOLDS(Duration::parse("1.5hrs").get() == Minutes(90) && Duration::parse("5").isError());
  HOLDS(stringify(Duration::parse("1.0000001secs").get()) == "1.0000001secs");
  HOLDS(numify<int>("17").get() == 17 && numify<int>("17x").isError() && numify<unsigned>("-1").isError());
  HOLDS(strings::tokenize(",a,,b", ",").size() == 2 && strings::split(",a,,b", ",").size() == 4);
  HOLDS(strings::join("-", 1, "b", std::string("c")) == "1-b-c" && strings::trim(" x ") == "x");
  HOLDS(path::join("/a/", "/b", "c") == "/a/b/c" && Path("/a/b/").basename() == "b" && Path("/a").dirname() == "/");
  const id::UUID uuid = id::UUID::random();
  HOLDS(id::UUID::fromString(uuid.toString()).get() == uuid && id::UUID::fromBytes(uuid.toBytes()).get() == uuid);
  HOLDS(id::UUID::fromString("no uuid").isError());
}

void loops() {
  hashmap<std::string, int> numbers;
  numbers.put("a", 1);
  numbers["b"] = 2;
  numbers["c"] = 3;
  int sum = 0, rounds = 0;
  foreachpair (const std::string& name, int number, numbers) {
    if (name == "b") continue;
    sum += number;
  }
  HOLDS(sum == 4 && numbers.get("b").get() == 2 && numbers.get("z").isNone() && numbers.keys().contains("a"));
  foreachvalue (int& number, numbers) number *= 10;
  foreachkey (const std::string& name, numbers) {
    rounds += name.size() == 1 ? 1 : 100;
    if (rounds == 2) break;
  }
  foreachpair (const std::string& name, const int& number, numbers) {
    (void)name;
    if (number > 0) rounds += 10;
    break;
  }
  HOLDS(rounds == 12 && numbers["c"] == 30);
  foreach (const std::string& item, strings::split("x,y", ",")) rounds += static_cast<int>(item.size());
  HOLDS(rounds == 14);
}

void futures() {
  process::Promise<int> promise;
  std::atomic<int> seen(0);
  const process::Future<int> future = promise.future();
  const process::Future<std::string> text = future.then([](int number) { return stringify(number); });
  future.onReady([&](int number) { seen += number; }).onAny([&] { seen += 100; });
  HOLDS(future.isPending() && !future.await(Milliseconds(1)));
  std::thread completer([&] { promise.set(7); });
  HOLDS(text.get() == "7" && future.await(Seconds(10)));
  completer.join();
  HOLDS(seen == 107 && !promise.set(8) && future.get() == 7);
  const process::Future<int> failed = process::Failure("broken");
  const process::Future<int> chained = failed.then([](int) { return process::Future<int>(1); });
  HOLDS(chained.isFailed() && chained.failure() == "broken");
  HOLDS(failed.repair([](const process::Future<int>&) { return 5; }).get() == 5);
  process::Promise<int> abandoned;
  bool asked = false;
  abandoned.future().onDiscard([&] { asked = true; });
  HOLDS(abandoned.future().discard() && asked && abandoned.discard() && abandoned.future().isDiscarded());
}

struct ExampleFlags : public virtual flags::FlagsBase {
  ExampleFlags() {
    add(&ExampleFlags::master, "master", "The master");
    add(&ExampleFlags::role, "role", "A role", "*");
    add(&ExampleFlags::tasks, "tasks", "How many", 5);
    add(&ExampleFlags::checkpoint, "checkpoint", "Whether to checkpoint", false);
    add(&ExampleFlags::timeout, "timeout", "How long");
  }

  std::string master;
  std::string role;
  int tasks;
  bool checkpoint;
  Option<Duration> timeout;
};

void flag_tables() {
  ExampleFlags flags;
  const char* line[] = {"program", "--master=m:5050", "--tasks=7", "--checkpoint", "--timeout=2mins"};
  HOLDS(flags.load(None(), 5, line).isSome());
  HOLDS(flags.master == "m:5050" && flags.role == "*" && flags.tasks == 7 && flags.checkpoint);
  HOLDS(flags.timeout.isSome() && flags.timeout.get() == Minutes(2));
  const char* unknown[] = {"program", "--master=m", "--nonsense=1"};
  const char* missing[] = {"program"};
  HOLDS(ExampleFlags().load(None(), 3, unknown).error() == "Failed to load unknown flag 'nonsense'");
  HOLDS(ExampleFlags().load(None(), 1, missing).isError());
  os::setenv("PIECES_MASTER", "from:1");
  ExampleFlags inherited;
  HOLDS(inherited.load("PIECES_", 1, missing).isSome() && inherited.master == "from:1");
}

template <typename Value>
void values() {
  typename Value::Scalar tenth, fifth;
  tenth.set_value(0.1);
  fifth.set_value(0.2);
  HOLDS(stringify(tenth + fifth) == "0.3" && tenth < fifth && (fifth - tenth) == tenth);
}

void messages() {
  mesos::TaskID left, right;
  left.set_value("a");
  right.set_value("b");
  HOLDS(left < right && left != right && left == "a" && stringify(right) == "b");
  std::unordered_map<mesos::TaskID, int> counts;
  counts[left]++;
  HOLDS(counts.count(left) == 1 && counts.count(right) == 0);
  mesos::Labels one, two;
  for (const char* key : {"x", "y"}) one.add_labels()->set_key(key);
  for (const char* key : {"y", "x"}) two.add_labels()->set_key(key);
  HOLDS(one == two);
  HOLDS(stringify(mesos::TASK_RUNNING) == "TASK_RUNNING" && stringify(mesos::v1::TASK_LOST) == "TASK_LOST");
  mesos::FrameworkInfo framework, same;
  framework.add_roles("a");
  framework.add_roles("b");
  same.add_roles("b");
  same.add_roles("a");
  HOLDS(mesos::typeutils::equivalent(framework, same) && mesos::typeutils::diff(framework, same).isNone());
  same.set_name("other");
  HOLDS(mesos::typeutils::diff(framework, same).isSome());
  HOLDS(mesos::Attributes::parse("rack:r1;slots:4").size() == 2);
  HOLDS(mesos::Attributes::parse("a:1;b:2") == mesos::Attributes::parse("b:2;a:1"));
  mesos::Value::Text otherwise;
  HOLDS(mesos::Attributes::parse("rack:r1").get<mesos::Value::Text>("rack", otherwise).value() == "r1");
  HOLDS(mesos::roles::validate("a/b").isNone() && mesos::roles::validate("a//b").isSome());
  HOLDS(mesos::roles::ancestors("a/b/c") == (std::vector<std::string>{"a/b", "a"}));
  HOLDS(stringify(mesos::ContentType::JSON) == mesos::APPLICATION_JSON && std::string(MESOS_VERSION) == "1.11.0");
}

// Resources as a master sends them to a framework without refined reservations keep that form.
void older_reservations() {
  google::protobuf::RepeatedPtrField<mesos::Resource> offered;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  for (const char* role : {"*", "web"}) {
    mesos::Resource* resource = offered.Add();
    resource->set_name("cpus");
    resource->set_type(mesos::Value::SCALAR);
    resource->mutable_scalar()->set_value(2);
    resource->set_role(role);
  }
  const mesos::Resources bag = offered;
  HOLDS(bag.size() == 2 && bag.reserved("web").cpus().get() == 2 && bag.unreserved().cpus().get() == 2);
  for (const mesos::Resource& resource : bag) HOLDS(resource.has_role() && resource.reservations().empty());
#pragma GCC diagnostic pop
  const mesos::Resources taken = bag.find(mesos::Resources::parse("cpus(web):3").get()).get();
  HOLDS(taken.cpus().get() == 3 && bag.contains(taken) && (bag - taken).cpus().get() == 1);
  HOLDS(bag.flatten() == mesos::Resources::parse("cpus:4").get());
  HOLDS(bag.flatten("db").get() == mesos::Resources::parse("cpus(db):4").get());
}

void operations() {
  mesos::Resources bag = mesos::Resources::parse("cpus:2;mem:10").get();
  mesos::Resource::ReservationInfo reservation;
  reservation.set_type(mesos::Resource::ReservationInfo::DYNAMIC);
  reservation.set_role("web");
  const mesos::Resources reserved = mesos::Resources::parse("cpus:1").get().pushReservation(reservation);
  mesos::Offer::Operation reserve;
  reserve.set_type(mesos::Offer::Operation::RESERVE);
  *reserve.mutable_reserve()->mutable_resources() = reserved;
  const Try<mesos::Resources> applied = bag.apply(reserve);
  HOLDS(applied.isSome() && applied.get().reserved("web") == reserved && applied.get().unreserved().cpus().get() == 1);
  HOLDS(mesos::Resources::isDynamicallyReserved(*applied.get().reserved().begin()));
  HOLDS(mesos::Resources::parse("mem:1").get().apply(reserve).isError());
  HOLDS(bag.apply(mesos::ResourceConversion(mesos::Resources::parse("cpus:2").get(), mesos::Resources())).get() ==
        mesos::Resources::parse("mem:10").get());
  bag.allocate("web");
  HOLDS(bag.allocations().at("web") == bag && !bag.contains(mesos::Resources::parse("cpus:1").get()));
  bag.unallocate();
  HOLDS(bag.contains(mesos::Resources::parse("cpus:1").get()) && bag.names().size() == 2);
  HOLDS(bag.filter([](const mesos::Resource& r) { return r.name() == "mem"; }).mem().get() == Megabytes(10));
  mesos::TaskInfo task;
  *task.mutable_resources() = bag;
  HOLDS(mesos::Resources(task.resources()) == bag && task.resources() == bag);
  HOLDS(mesos::Resources::validate(task.resources(0)).isNone());
  task.mutable_resources(0)->clear_scalar();
  HOLDS(mesos::Resources::validate(task.resources(0)).isSome());
}

class SilentScheduler : public mesos::Scheduler {
 public:
  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID&, const mesos::MasterInfo&) override {}
  void reregistered(mesos::SchedulerDriver*, const mesos::MasterInfo&) override {}
  void disconnected(mesos::SchedulerDriver*) override {}
  void resourceOffers(mesos::SchedulerDriver*, const std::vector<mesos::Offer>&) override {}
  void offerRescinded(mesos::SchedulerDriver*, const mesos::OfferID&) override {}
  void statusUpdate(mesos::SchedulerDriver*, const mesos::TaskStatus&) override {}
  void frameworkMessage(mesos::SchedulerDriver*, const mesos::ExecutorID&, const mesos::SlaveID&,
                        const std::string&) override {}
  void slaveLost(mesos::SchedulerDriver*, const mesos::SlaveID&) override {}
  void executorLost(mesos::SchedulerDriver*, const mesos::ExecutorID&, const mesos::SlaveID&, int) override {}
  void error(mesos::SchedulerDriver* driver, const std::string& message) override {
    errors.push_back(message);
    driver->abort();
  }

  std::vector<std::string> errors;
};

// Nothing that cannot work takes the process down.
void bad_input() {
  mesos::FrameworkInfo framework;
  SilentScheduler scheduler;
  {
    mesos::MesosSchedulerDriver driver(&scheduler, framework, "nonsense:string:of:a:master");
    HOLDS(driver.run() == mesos::DRIVER_ABORTED);
  }
  HOLDS(!scheduler.errors.empty());
  framework.set_user("nobody");
  framework.set_name("pieces");
  mesos::MesosSchedulerDriver idle(&scheduler, framework, "127.0.0.1:1");
  HOLDS(idle.killTask(mesos::TaskID()) == mesos::DRIVER_NOT_STARTED);
  HOLDS(idle.launchTasks(mesos::OfferID(), {mesos::TaskInfo()}) == mesos::DRIVER_NOT_STARTED);
  HOLDS(idle.start() == mesos::DRIVER_RUNNING && idle.killTask(mesos::TaskID()) == mesos::DRIVER_RUNNING);
  HOLDS(idle.reviveOffers() == mesos::DRIVER_RUNNING);
  HOLDS(idle.stop() == mesos::DRIVER_STOPPED && idle.join() == mesos::DRIVER_STOPPED);
}

void bad_v1_input() {
  process::Promise<std::string> refused;
  const process::Future<std::string> refusal = refused.future();
  mesos::v1::executor::Mesos executor(
      mesos::ContentType::PROTOBUF, [] {}, [] {},
      [&](const std::queue<mesos::v1::executor::Event>& events) { refused.set(events.front().error().message()); },
      {{"PATH", "/bin"}});
  HOLDS(refusal.await(Seconds(10)) && !refusal.get().empty());
  mesos::v1::scheduler::Mesos scheduler(
      "127.0.0.1:1", mesos::ContentType::PROTOBUF, [] {}, [] {},
      [](const std::queue<mesos::v1::scheduler::Event>&) {}, None());
  mesos::v1::scheduler::Call call;
  call.set_type(mesos::v1::scheduler::Call::REVIVE);
  const process::Future<mesos::v1::scheduler::APIResult> answer = scheduler.call(call);
  HOLDS(answer.await(Seconds(10)) && answer.isFailed());
}

// Its backlog takes connections, so a client is connected; nothing is ever answered.
class SilentServer {
 public:
  SilentServer() : listener(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = sockaddr_in();
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    HOLDS(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener, 64) == 0);
    HOLDS(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }

  ~SilentServer() { ::close(listener); }

  std::string address() const { return "127.0.0.1:" + stringify(port); }

 private:
  int listener;
  int port;
};

struct StoppableScheduler : mesos::v1::scheduler::Mesos {
  using Mesos::Mesos;
  using Mesos::stop;
};

typedef process::Promise<std::string> Told;

// Long enough to live outside of the std::function that captures it.
const char* const CAPTURED = "what a callback has captured is there until the callback has returned";

void stopped_in_a_callback() {
  const SilentServer server;
  mesos::v1::scheduler::Call call;
  call.set_type(mesos::v1::scheduler::Call::REVIVE);
  for (bool is_deleted : {false, true}) {
    process::Promise<StoppableScheduler*> made;
    const process::Future<StoppableScheduler*> client = made.future();
    const std::shared_ptr<Told> told = std::make_shared<Told>();
    const std::string captured = CAPTURED;
    made.set(new StoppableScheduler(
        server.address(), mesos::ContentType::PROTOBUF,
        [=] {
          StoppableScheduler* stoppable = client.get();
          if (is_deleted) {
            delete stoppable;
          } else {
            stoppable->stop();
            stoppable->send(call);
          }
          told->set(captured);
        },
        [] {}, [](const std::queue<mesos::v1::scheduler::Event>&) {}, None()));
    HOLDS(told->future().await(Seconds(10)) && told->future().get() == CAPTURED);
    if (!is_deleted) delete client.get();
  }
}

void deleted_in_a_refusal() {
  process::Promise<mesos::v1::executor::Mesos*> made;
  const process::Future<mesos::v1::executor::Mesos*> client = made.future();
  const std::shared_ptr<Told> told = std::make_shared<Told>();
  const std::string captured = CAPTURED;
  made.set(new mesos::v1::executor::Mesos(
      mesos::ContentType::PROTOBUF, [] {}, [] {},
      [=](const std::queue<mesos::v1::executor::Event>&) {
        delete client.get();
        told->set(captured);
      },
      {{"PATH", "/bin"}}));
  HOLDS(told->future().await(Seconds(10)) && told->future().get() == CAPTURED);
}

// A callback reaches the client as soon as it comes, however early that is.
class EagerScheduler : public mesos::v1::scheduler::Mesos {
 public:
  EagerScheduler(const std::string& master, const std::shared_ptr<Told>& told)
      : Mesos(
            master, mesos::ContentType::PROTOBUF, [this, told] { answer(told); }, [] {},
            [this, told](const std::queue<mesos::v1::scheduler::Event>&) { answer(told); }, None()) {}

 private:
  void answer(const std::shared_ptr<Told>& told) {
    mesos::v1::scheduler::Call call;
    call.set_type(mesos::v1::scheduler::Call::REVIVE);
    const process::Future<mesos::v1::scheduler::APIResult> answered = Mesos::call(call);
    told->set(answered.isFailed() ? answered.failure() : "pending");
  }
};

void reached_at_once() {
  const SilentServer server;
  for (int round = 0; round < 50; round++) {
    const std::shared_ptr<Told> told = std::make_shared<Told>();
    const EagerScheduler client(round % 2 == 0 ? server.address() : "nonsense:string:of:a:master", told);
    HOLDS(told->future().await(Seconds(10)) && told->future().get() != "The client has stopped");
  }
}

}  // namespace

int main() {
  options_and_tries();
  units();
  loops();
  futures();
  flag_tables();
  values<mesos::Value>();
  values<mesos::v1::Value>();
  messages();
  older_reservations();
  operations();
  bad_input();
  bad_v1_input();
  stopped_in_a_callback();
  deleted_in_a_refusal();
  reached_at_once();
  std::printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
