package org.apache.mesos.libmesos;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.mesos.v1.Protos.CommandInfo;
import org.apache.mesos.v1.Protos.Filters;
import org.apache.mesos.v1.Protos.FrameworkID;
import org.apache.mesos.v1.Protos.FrameworkInfo;
import org.apache.mesos.v1.Protos.Offer;
import org.apache.mesos.v1.Protos.Resource;
import org.apache.mesos.v1.Protos.TaskID;
import org.apache.mesos.v1.Protos.TaskInfo;
import org.apache.mesos.v1.Protos.TaskState;
import org.apache.mesos.v1.Protos.TaskStatus;
import org.apache.mesos.v1.Protos.Value;
import org.apache.mesos.v1.scheduler.Mesos;
import org.apache.mesos.v1.scheduler.Protos.Call;
import org.apache.mesos.v1.scheduler.Protos.Event;
import org.apache.mesos.v1.scheduler.Scheduler;

/** A v1 scheduler that subscribes, acknowledges, and records what it hears; tests wait for what they expect. */
class V1Framework implements Scheduler {
  private static final long WAIT_SECONDS = 20;

  /** What is heard: "connected", "disconnected" or the type of an event. */
  static final class Heard {
    final String what;
    final Event event;
    final Thread thread = Thread.currentThread();

    Heard(String what, Event event) {
      this.what = what;
      this.event = event;
    }

    @Override
    public String toString() {
      return String.valueOf(what) + (event == null ? "" : " " + event.toString().replace('\n', ' '));
    }
  }

  private final List<Heard> heard = new ArrayList<>();
  volatile FrameworkID id;
  /** How long the master keeps the framework without a connection. */
  volatile double failoverTimeout;

  static FrameworkInfo.Builder info() {
    return FrameworkInfo.newBuilder().setUser(System.getProperty("user.name")).setName("java-v1-test");
  }

  synchronized void note(String what, Event event) {
    heard.add(new Heard(what, event));
    notifyAll();
  }

  synchronized List<Heard> all() {
    return new ArrayList<>(heard);
  }

  Heard await(String what) throws Exception {
    return await(one -> one.what.equals(what));
  }

  synchronized Heard await(Predicate<Heard> wanted) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (true) {
      for (Heard one : heard) {
        if (wanted.test(one)) {
          return one;
        }
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new AssertionError("Not heard among " + heard + "\n" + Cluster.logsIfRunning());
      }
      wait(left);
    }
  }

  TaskStatus awaitStatus(String task, TaskState state) throws Exception {
    return await(one -> one.event != null
        && one.event.getType() == Event.Type.UPDATE
        && one.event.getUpdate().getStatus().getTaskId().getValue().equals(task)
        && one.event.getUpdate().getStatus().getState() == state).event.getUpdate().getStatus();
  }

  Offer awaitOffer() throws Exception {
    return await("OFFERS").event.getOffers().getOffers(0);
  }

  synchronized void forget(String what) {
    heard.removeIf(one -> one.what.equals(what));
  }

  Call.Builder call(Call.Type type) {
    Call.Builder call = Call.newBuilder().setType(type);
    if (id != null) {
      call.setFrameworkId(id);
    }
    return call;
  }

  void subscribe(Mesos mesos) {
    FrameworkInfo.Builder framework = info().setFailoverTimeout(failoverTimeout);
    if (id != null) {
      framework.setId(id);
    }
    mesos.send(call(Call.Type.SUBSCRIBE)
        .setSubscribe(Call.Subscribe.newBuilder().setFrameworkInfo(framework)).build());
  }

  void launch(Mesos mesos, Offer offer, List<TaskInfo> tasks) {
    mesos.send(call(Call.Type.ACCEPT)
        .setAccept(Call.Accept.newBuilder()
            .addOfferIds(offer.getId())
            .addOperations(Offer.Operation.newBuilder()
                .setType(Offer.Operation.Type.LAUNCH)
                .setLaunch(Offer.Operation.Launch.newBuilder().addAllTaskInfos(tasks)))
            .setFilters(Filters.newBuilder().setRefuseSeconds(0)))
        .build());
  }

  static TaskInfo.Builder task(String id, Offer offer) {
    return TaskInfo.newBuilder()
        .setName(id)
        .setTaskId(TaskID.newBuilder().setValue(id))
        .setAgentId(offer.getAgentId())
        .addResources(scalar("cpus", 0.1))
        .addResources(scalar("mem", 32));
  }

  static TaskInfo command(String id, Offer offer, String command) {
    return task(id, offer).setCommand(CommandInfo.newBuilder().setValue(command)).build();
  }

  static Resource scalar(String name, double value) {
    return Resource.newBuilder()
        .setName(name)
        .setType(Value.Type.SCALAR)
        .setScalar(Value.Scalar.newBuilder().setValue(value))
        .build();
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Override
  public void connected(Mesos mesos) {
    note("connected", null);
    subscribe(mesos);
  }

  @Override
  public void disconnected(Mesos mesos) {
    note("disconnected", null);
  }

  @Override
  public void received(Mesos mesos, Event event) {
    if (event.getType() == Event.Type.SUBSCRIBED) {
      id = event.getSubscribed().getFrameworkId();
    }
    if (event.getType() == Event.Type.UPDATE && event.getUpdate().getStatus().hasUuid()) {
      TaskStatus status = event.getUpdate().getStatus();
      mesos.send(call(Call.Type.ACKNOWLEDGE)
          .setAcknowledge(Call.Acknowledge.newBuilder()
              .setAgentId(status.getAgentId())
              .setTaskId(status.getTaskId())
              .setUuid(status.getUuid()))
          .build());
    }
    note(event.getType().name(), event);
  }
}
