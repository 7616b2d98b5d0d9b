package org.apache.mesos.libmesos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.MesosExecutorDriver;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.Filters;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.Scheduler;
import org.apache.mesos.SchedulerDriver;

/** The lives of drivers, one after the other; each ends in one of the ways a driver can end. */
final class SoakWorker {
  private static final String NOWHERE = "127.0.0.1:1";
  private static final int EVENTS = 40;

  /** What is done to a driver at its end. */
  private enum End {
    STOP, STOP_FOR_FAILOVER, ABORT, ABORT_AND_STOP, STOP_AND_FINALIZE, FINALIZE, REAP, FORGET, THROW, FINALIZE_INSIDE
  }

  private final Soak soak;
  private final Random random;

  SoakWorker(Soak soak, long seed) {
    this.soak = soak;
    this.random = new Random(seed);
  }

  void oneDriver(int number) throws Exception {
    End end = End.values()[number % End.values().length];
    int kind = random.nextInt(10);
    if (kind == 0) {
      homelessExecutor();
      return;
    }
    if (kind == 9) {
      SoakClient.live(soak, number, random.nextBoolean());
      return;
    }
    Life life = new Life(end);
    FrameworkInfo info = FrameworkInfo.newBuilder().setUser("").setName("soak").build();
    String master = kind == 1 ? "no \uD83D\uDE00 master" : kind == 2 ? NOWHERE : soak.master;
    MesosSchedulerDriver driver = new MesosSchedulerDriver(life, info, master);
    Status status = driver.start();
    if (status != (kind == 1 ? Status.DRIVER_ABORTED : Status.DRIVER_RUNNING)) {
      soak.surprise("start() answers " + status);
    }
    driver.launchTasks(Collections.singletonList(id("o")), tasks(), Filters.getDefaultInstance());
    // Most see their events, some end on the way.
    boolean waits = random.nextInt(4) > 0 && kind > 1;
    if (waits && !life.seen.await(20, TimeUnit.SECONDS)) {
      soak.surprise("no events for a driver of " + master);
    }
    finish(driver, life, end);
  }

  private void finish(MesosSchedulerDriver driver, Life life, End end) throws Exception {
    switch (end) {
      case STOP:
        driver.stop();
        driver.join();
        return;
      case STOP_FOR_FAILOVER:
        driver.stop(true);
        break;
      case ABORT:
        driver.abort();
        driver.join();
        break;
      case ABORT_AND_STOP:
        driver.abort();
        driver.stop();
        driver.join();
        return;
      case STOP_AND_FINALIZE:
        driver.stop();
        Puppet.free(driver);
        Puppet.free(driver);
        return;
      case FINALIZE:
        Puppet.free(driver);
        break;
      case REAP:
        soak.doomed.put(driver);
        Puppet.free(driver);
        break;
      case THROW:
      case FINALIZE_INSIDE:
      case FORGET:
        break;
    }
    life.leave();
  }

  /** Outside of an agent an executor driver aborts at once. */
  private void homelessExecutor() throws Exception {
    int[] errors = new int[1];
    MesosExecutorDriver driver = new MesosExecutorDriver((org.apache.mesos.Executor) java.lang.reflect.Proxy.newProxyInstance(
        getClass().getClassLoader(), new Class<?>[] {org.apache.mesos.Executor.class}, (proxy, method, arguments) -> {
          errors[0]++;
          return null;
        }));
    if (driver.run() != Status.DRIVER_ABORTED || errors[0] != 1) {
      soak.surprise("an executor outside of an agent runs");
    }
    if (random.nextBoolean()) {
      Puppet.free(driver);
    }
  }

  private static OfferID id(String value) {
    return OfferID.newBuilder().setValue(value).build();
  }

  private static List<TaskInfo> tasks() {
    List<TaskInfo> tasks = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      tasks.add(TaskInfo.newBuilder()
          .setName("t")
          .setTaskId(TaskID.newBuilder().setValue("t" + i))
          .setSlaveId(SlaveID.newBuilder().setValue("s"))
          .build());
    }
    return tasks;
  }

  /** Counts what it hears, asks for more, and at last does what its end demands inside a callback. */
  private final class Life implements Scheduler {
    final CountDownLatch seen = new CountDownLatch(EVENTS / 2);
    private final End end;
    private String id;
    private boolean isLeft;

    Life(End end) {
      this.end = end;
    }

    /** The framework stays at the master, which has to be told. */
    synchronized void leave() {
      isLeft = true;
      if (id != null) {
        soak.orphans.add(id);
      }
    }

    private synchronized void know(FrameworkID framework) {
      id = framework.getValue();
      if (isLeft) {
        soak.orphans.add(id);
      }
    }

    @Override
    public void registered(SchedulerDriver driver, FrameworkID framework, MasterInfo master) {
      soak.registrations.incrementAndGet();
      know(framework);
      List<TaskStatus> unknown = new ArrayList<>();
      for (int i = 0; i < EVENTS; i++) {
        unknown.add(TaskStatus.newBuilder()
            .setTaskId(TaskID.newBuilder().setValue("u" + i)).setState(TaskState.TASK_RUNNING).build());
      }
      driver.reconcileTasks(unknown);
    }

    @Override
    public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
      for (Offer offer : offers) {
        driver.declineOffer(offer.getId(), Filters.newBuilder().setRefuseSeconds(3600).build());
      }
    }

    @Override
    public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
      soak.events.incrementAndGet();
      if (status.getState() != TaskState.TASK_LOST) {
        soak.surprise("an update of " + status);
      }
      boolean isLast = seen.getCount() == 1;
      seen.countDown();
      if (isLast && end == End.THROW) {
        throw new Soak.Expected();
      }
      if (isLast && end == End.FINALIZE_INSIDE) {
        try {
          Puppet.free(driver);
        } catch (ReflectiveOperationException e) {
          soak.surprise("finalize threw " + e);
        }
      }
    }

    @Override
    public void reregistered(SchedulerDriver driver, MasterInfo master) {}

    @Override
    public void disconnected(SchedulerDriver driver) {}

    @Override
    public void offerRescinded(SchedulerDriver driver, OfferID offer) {}

    @Override
    public void frameworkMessage(SchedulerDriver driver, ExecutorID executor, SlaveID agent, byte[] data) {}

    @Override
    public void slaveLost(SchedulerDriver driver, SlaveID agent) {}

    @Override
    public void executorLost(SchedulerDriver driver, ExecutorID executor, SlaveID agent, int status) {}

    @Override
    public void error(SchedulerDriver driver, String message) {
      soak.events.incrementAndGet();
    }
  }
}
