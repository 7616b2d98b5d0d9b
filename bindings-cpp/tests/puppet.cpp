// The C++ puppet of the scenario suite: connects to 127.0.0.1:PORT, makes the driver calls that it is told to make, and
// tells every callback. It decides nothing.
//
// usage: puppet scheduler|executor PORT
//
// A line is words with one blank between them. A word is an integer, the lower-case hexadecimal of bytes (none: no
// bytes), a list "[hex,hex]", or "-" for what is absent. Requests are answered with "= NAME STATUS", or with
// "! NAME HEXTEXT" when the library refused; callbacks are told as "> NAME ARGUMENTS".

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <mesos/executor.hpp>
#include <mesos/scheduler.hpp>

namespace {

// ---- The line ------------------------------------------------------------------------------------------------------

class Line {
 public:
  explicit Line(int port) : connection(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }

  void send(const std::string& text) {
    const std::string line = text + "\n";
    std::lock_guard<std::mutex> writing(mutex);
    size_t sent = 0;
    while (sent < line.size()) {
      const ssize_t count = write(connection, line.data() + sent, line.size() - sent);
      if (count <= 0) throw std::runtime_error("cannot write");
      sent += static_cast<size_t>(count);
    }
  }

  // False at the end.
  bool receive(std::string* line) {
    size_t end;
    while ((end = rest.find('\n')) == std::string::npos) {
      char chunk[4096];
      const ssize_t count = read(connection, chunk, sizeof chunk);
      if (count <= 0) return false;
      rest.append(chunk, static_cast<size_t>(count));
    }
    *line = rest.substr(0, end);
    rest.erase(0, end + 1);
    return true;
  }

 private:
  const int connection;
  std::mutex mutex;
  std::string rest;
};

std::string hex(const std::string& bytes) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string hex(const google::protobuf::MessageLite& message) { return hex(message.SerializePartialAsString()); }

std::string bytes_of(const std::string& word) {
  std::string bytes;
  for (size_t at = 0; at + 1 < word.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(word.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

template <typename Message>
Message message_of(const std::string& bytes) {
  Message message;
  if (!message.ParsePartialFromString(bytes)) throw std::runtime_error("unreadable message");
  return message;
}

// ---- Callbacks -----------------------------------------------------------------------------------------------------

// Tells callbacks; throws out of the one that is doomed.
class Teller {
 public:
  explicit Teller(Line* line) : line(line) {}

  void tell(const std::string& name, const std::vector<std::string>& words = {}) {
    std::string text = "> " + name;
    for (const std::string& word : words) text += " " + word;
    line->send(text);
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (doomed != name) return;
      doomed.clear();
    }
    throw std::runtime_error("the callback " + name + " was told to throw");
  }

  void doom(const std::string& name) {
    std::lock_guard<std::mutex> lock(mutex);
    doomed = name;
  }

 private:
  Line* const line;
  std::mutex mutex;
  std::string doomed;
};

class TellingScheduler : public mesos::Scheduler {
 public:
  explicit TellingScheduler(Teller* teller) : teller(teller) {}

  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID& id, const mesos::MasterInfo& master) override {
    teller->tell("registered", {hex(id), hex(master)});
  }

  void reregistered(mesos::SchedulerDriver*, const mesos::MasterInfo& master) override {
    teller->tell("reregistered", {hex(master)});
  }

  void disconnected(mesos::SchedulerDriver*) override { teller->tell("disconnected"); }

  void resourceOffers(mesos::SchedulerDriver*, const std::vector<mesos::Offer>& offers) override {
    std::string list;
    for (const mesos::Offer& offer : offers) list += (list.empty() ? "" : ",") + hex(offer);
    teller->tell("offers", {"[" + list + "]"});
  }

  void offerRescinded(mesos::SchedulerDriver*, const mesos::OfferID& id) override {
    teller->tell("rescinded", {hex(id)});
  }

  void statusUpdate(mesos::SchedulerDriver*, const mesos::TaskStatus& status) override {
    teller->tell("update", {hex(status)});
  }

  void frameworkMessage(mesos::SchedulerDriver*, const mesos::ExecutorID& executor, const mesos::SlaveID& agent,
                        const std::string& data) override {
    teller->tell("message", {hex(executor), hex(agent), hex(data)});
  }

  void slaveLost(mesos::SchedulerDriver*, const mesos::SlaveID& agent) override {
    teller->tell("slave_lost", {hex(agent)});
  }

  void executorLost(mesos::SchedulerDriver*, const mesos::ExecutorID& executor, const mesos::SlaveID& agent,
                    int status) override {
    teller->tell("executor_lost", {hex(executor), hex(agent), std::to_string(status)});
  }

  void error(mesos::SchedulerDriver*, const std::string& message) override { teller->tell("error", {hex(message)}); }

 private:
  Teller* const teller;
};

class TellingExecutor : public mesos::Executor {
 public:
  explicit TellingExecutor(Teller* teller) : teller(teller) {}

  void registered(mesos::ExecutorDriver*, const mesos::ExecutorInfo& executor, const mesos::FrameworkInfo& framework,
                  const mesos::SlaveInfo& agent) override {
    teller->tell("registered", {hex(executor), hex(framework), hex(agent)});
  }

  void reregistered(mesos::ExecutorDriver*, const mesos::SlaveInfo& agent) override {
    teller->tell("reregistered", {hex(agent)});
  }

  void disconnected(mesos::ExecutorDriver*) override { teller->tell("disconnected"); }

  void launchTask(mesos::ExecutorDriver*, const mesos::TaskInfo& task) override { teller->tell("launch", {hex(task)}); }

  void killTask(mesos::ExecutorDriver*, const mesos::TaskID& id) override { teller->tell("kill", {hex(id)}); }

  void frameworkMessage(mesos::ExecutorDriver*, const std::string& data) override {
    teller->tell("message", {hex(data)});
  }

  void shutdown(mesos::ExecutorDriver*) override { teller->tell("shutdown"); }

  void error(mesos::ExecutorDriver*, const std::string& message) override { teller->tell("error", {hex(message)}); }

 private:
  Teller* const teller;
};

// ---- Requests ------------------------------------------------------------------------------------------------------

// The words of a request, the name first.
class Request {
 public:
  explicit Request(const std::string& line) {
    std::istringstream stream(line);
    std::string word;
    while (std::getline(stream, word, ' ')) words.push_back(word);
    if (words.empty()) words.push_back("");
  }

  const std::string& name() const { return words[0]; }

  const std::string& word(size_t at) const {
    static const std::string absent = "-";
    return at < words.size() ? words[at] : absent;
  }

  bool has(size_t at) const { return word(at) != "-"; }
  bool flag(size_t at) const { return has(at) && std::stoi(word(at)) != 0; }
  std::string text(size_t at) const { return has(at) ? bytes_of(word(at)) : ""; }

  template <typename Message>
  Message message(size_t at) const {
    return message_of<Message>(text(at));
  }

  std::vector<std::string> texts(size_t at) const {
    std::vector<std::string> list;
    if (!has(at) || word(at) == "[]") return list;
    std::istringstream stream(word(at).substr(1, word(at).size() - 2));
    std::string item;
    while (std::getline(stream, item, ',')) list.push_back(bytes_of(item));
    return list;
  }

  template <typename Message>
  std::vector<Message> messages(size_t at) const {
    std::vector<Message> list;
    for (const std::string& text : texts(at)) list.push_back(message_of<Message>(text));
    return list;
  }

 private:
  std::vector<std::string> words;
};

using Calls = std::map<std::string, std::function<int(const Request&)>>;

// What one role of the puppet adds to the common requests.
struct Role {
  Calls calls;
  std::function<int()> join;
};

Role scheduler_role(Teller* teller) {
  auto scheduler = std::make_shared<TellingScheduler>(teller);
  auto driver = std::make_shared<std::unique_ptr<mesos::MesosSchedulerDriver>>();
  Role role;
  role.join = [=] { return (*driver)->join(); };
  Calls& calls = role.calls;
  calls["new"] = [=](const Request& r) {
    const auto framework = r.message<mesos::FrameworkInfo>(1);
    if (r.has(3)) {
      driver->reset(new mesos::MesosSchedulerDriver(scheduler.get(), framework, r.texts(5), r.text(2), r.flag(4),
                                                    r.message<mesos::Credential>(3)));
    } else {
      driver->reset(
          new mesos::MesosSchedulerDriver(scheduler.get(), framework, r.texts(5), r.text(2), r.flag(4)));
    }
    return 0;
  };
  calls["free"] = [=](const Request&) { return driver->reset(), 0; };
  calls["start"] = [=](const Request&) { return (*driver)->start(); };
  calls["stop"] = [=](const Request& r) { return (*driver)->stop(r.flag(1)); };
  calls["abort"] = [=](const Request&) { return (*driver)->abort(); };
  calls["request"] = [=](const Request& r) {
    return (*driver)->requestResources(r.messages<mesos::Request>(1));
  };
  calls["launch"] = [=](const Request& r) {
    return (*driver)->launchTasks(r.messages<mesos::OfferID>(1), r.messages<mesos::TaskInfo>(2),
                                  r.message<mesos::Filters>(3));
  };
  calls["accept"] = [=](const Request& r) {
    return (*driver)->acceptOffers(r.messages<mesos::OfferID>(1), r.messages<mesos::Offer::Operation>(2),
                                   r.message<mesos::Filters>(3));
  };
  calls["decline"] = [=](const Request& r) {
    return (*driver)->declineOffer(r.message<mesos::OfferID>(1), r.message<mesos::Filters>(2));
  };
  calls["revive"] = [=](const Request&) { return (*driver)->reviveOffers(); };
  calls["revive_roles"] = [=](const Request& r) { return (*driver)->reviveOffers(r.texts(1)); };
  calls["suppress"] = [=](const Request&) { return (*driver)->suppressOffers(); };
  calls["suppress_roles"] = [=](const Request& r) { return (*driver)->suppressOffers(r.texts(1)); };
  calls["acknowledge"] = [=](const Request& r) {
    return (*driver)->acknowledgeStatusUpdate(r.message<mesos::TaskStatus>(1));
  };
  calls["message"] = [=](const Request& r) {
    return (*driver)->sendFrameworkMessage(r.message<mesos::ExecutorID>(1), r.message<mesos::SlaveID>(2), r.text(3));
  };
  calls["kill"] = [=](const Request& r) { return (*driver)->killTask(r.message<mesos::TaskID>(1)); };
  calls["reconcile"] = [=](const Request& r) {
    return (*driver)->reconcileTasks(r.messages<mesos::TaskStatus>(1));
  };
  calls["update_framework"] = [=](const Request& r) {
    return (*driver)->updateFramework(r.message<mesos::FrameworkInfo>(1), r.texts(2),
                                      r.message<mesos::scheduler::OfferConstraints>(3));
  };
  return role;
}

Role executor_role(Teller* teller) {
  auto executor = std::make_shared<TellingExecutor>(teller);
  auto driver = std::make_shared<std::unique_ptr<mesos::MesosExecutorDriver>>();
  Role role;
  role.join = [=] { return (*driver)->join(); };
  Calls& calls = role.calls;
  calls["new"] = [=](const Request&) { return driver->reset(new mesos::MesosExecutorDriver(executor.get())), 0; };
  calls["free"] = [=](const Request&) { return driver->reset(), 0; };
  calls["start"] = [=](const Request&) { return (*driver)->start(); };
  calls["stop"] = [=](const Request&) { return (*driver)->stop(); };
  calls["abort"] = [=](const Request&) { return (*driver)->abort(); };
  calls["update"] = [=](const Request& r) {
    return (*driver)->sendStatusUpdate(r.message<mesos::TaskStatus>(1));
  };
  calls["message"] = [=](const Request& r) { return (*driver)->sendFrameworkMessage(r.text(1)); };
  return role;
}

void answer(Line* line, const std::string& name, const std::function<int()>& call) {
  try {
    line->send("= " + name + " " + std::to_string(call()));
  } catch (const std::exception& thrown) {
    line->send("! " + name + " " + hex(thrown.what()));
  }
}

int serve(Line* line, Teller* teller, const Role& role) {
  std::string text;
  while (line->receive(&text)) {
    const Request request(text);
    const std::string name = request.name();
    const auto call = role.calls.find(name);
    if (name == "quit") return 0;
    if (name == "throw") {
      teller->doom(request.word(1));
      answer(line, name, [] { return 0; });
    } else if (name == "join") {
      std::thread([=] { answer(line, name, role.join); }).detach();
    } else if (call == role.calls.end()) {
      answer(line, name, []() -> int { throw std::runtime_error("unknown request"); });
    } else {
      answer(line, name, [&] { return call->second(request); });
    }
  }
  return 3;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: puppet scheduler|executor PORT\n");
    return 2;
  }
  const std::string kind = argv[1];
  // Neither is destroyed: a thread that joins may still be using them when the program ends.
  Line* line = new Line(std::atoi(argv[2]));
  Teller* teller = new Teller(line);
  line->send("hello " + kind);
  const Role* role = new Role(kind == "executor" ? executor_role(teller) : scheduler_role(teller));
  const int code = serve(line, teller, *role);
  std::_Exit(code);
}
