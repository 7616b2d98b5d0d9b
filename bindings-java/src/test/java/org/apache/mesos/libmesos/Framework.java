package org.apache.mesos.libmesos;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.CommandInfo;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.Filters;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.Resource;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.Protos.Value;
import org.apache.mesos.Scheduler;
import org.apache.mesos.SchedulerDriver;

/** A scheduler that records what it hears; tests wait for what they expect. */
class Framework implements Scheduler {
  private static final long WAIT_SECONDS = 20;

  /** One callback. */
  static final class Heard {
    final String callback;
    final Object what;
    final Thread thread = Thread.currentThread();
    final boolean daemon = thread.isDaemon();
    final ClassLoader loader = thread.getContextClassLoader();

    Heard(String callback, Object what) {
      this.callback = callback;
      this.what = what;
    }

    @Override
    public String toString() {
      return callback + " " + String.valueOf(what).replace('\n', ' ');
    }
  }

  private final List<Heard> heard = new ArrayList<>();

  static FrameworkInfo.Builder info() {
    return FrameworkInfo.newBuilder().setUser("").setName("java-test");
  }

  MesosSchedulerDriver driver() throws Exception {
    return new MesosSchedulerDriver(this, info().build(), Cluster.get().master);
  }

  synchronized void note(String callback, Object what) {
    heard.add(new Heard(callback, what));
    notifyAll();
  }

  synchronized List<Heard> all(String callback) {
    return heard.stream().filter(one -> one.callback.equals(callback)).collect(Collectors.toList());
  }

  synchronized Heard await(String callback, Predicate<Heard> wanted) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (true) {
      for (Heard one : heard) {
        if (one.callback.equals(callback) && wanted.test(one)) {
          return one;
        }
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new AssertionError("No such " + callback + " among " + heard + "\n" + Cluster.logsIfRunning());
      }
      wait(left);
    }
  }

  /** Forgets offers of the past, so that the next wait is for a new one. */
  synchronized void forget(String callback) {
    heard.removeIf(one -> one.callback.equals(callback));
  }

  FrameworkID awaitRegistered() throws Exception {
    return (FrameworkID) await("registered", any -> true).what;
  }

  Offer awaitOffer() throws Exception {
    return (Offer) ((List<?>) await("resourceOffers", any -> true).what).get(0);
  }

  TaskStatus awaitStatus(String task, TaskState state) throws Exception {
    return (TaskStatus) await("statusUpdate", one -> {
      TaskStatus status = (TaskStatus) one.what;
      return status.getTaskId().getValue().equals(task) && status.getState() == state;
    }).what;
  }

  static TaskInfo.Builder task(String id, Offer offer) {
    return TaskInfo.newBuilder()
        .setName(id)
        .setTaskId(TaskID.newBuilder().setValue(id))
        .setSlaveId(offer.getSlaveId())
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

  static Filters refuse(double seconds) {
    return Filters.newBuilder().setRefuseSeconds(seconds).build();
  }

  static void launch(SchedulerDriver driver, Offer offer, TaskInfo task) {
    driver.launchTasks(Collections.singletonList(offer.getId()), Collections.singletonList(task), refuse(0));
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Override
  public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
    note("registered", id);
  }

  @Override
  public void reregistered(SchedulerDriver driver, MasterInfo master) {
    note("reregistered", master);
  }

  @Override
  public void disconnected(SchedulerDriver driver) {
    note("disconnected", null);
  }

  @Override
  public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
    note("resourceOffers", offers);
  }

  @Override
  public void offerRescinded(SchedulerDriver driver, OfferID id) {
    note("offerRescinded", id);
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    note("statusUpdate", status);
  }

  @Override
  public void frameworkMessage(SchedulerDriver driver, ExecutorID executor, SlaveID agent, byte[] data) {
    note("frameworkMessage", new String(data, java.nio.charset.StandardCharsets.UTF_8));
  }

  @Override
  public void slaveLost(SchedulerDriver driver, SlaveID agent) {
    note("slaveLost", agent);
  }

  @Override
  public void executorLost(SchedulerDriver driver, ExecutorID executor, SlaveID agent, int status) {
    note("executorLost", executor);
  }

  @Override
  public void error(SchedulerDriver driver, String message) {
    note("error", message);
  }
}
