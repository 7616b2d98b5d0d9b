package org.apache.mesos.libmesos;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.v1.Protos.FrameworkID;
import org.apache.mesos.v1.Protos.FrameworkInfo;
import org.apache.mesos.v1.Protos.TaskID;
import org.apache.mesos.v1.scheduler.Mesos;
import org.apache.mesos.v1.scheduler.Protos.Call;
import org.apache.mesos.v1.scheduler.Protos.Event;
import org.apache.mesos.v1.scheduler.Scheduler;
import org.apache.mesos.v1.scheduler.V0Mesos;
import org.apache.mesos.v1.scheduler.V1Mesos;

/** The life of one v1 client: it subscribes, asks for the states of unknown tasks, and ends in one of the ways. */
final class SoakClient implements Scheduler {
  private static final int EVENTS = 20;
  private static final FrameworkInfo INFO =
      FrameworkInfo.newBuilder().setUser(System.getProperty("user.name")).setName("soak v1").build();

  /** How a client ends. */
  private enum End {
    TEARDOWN, FINALIZE, REAP, FORGET, THROW, FINALIZE_INSIDE
  }

  private final Soak soak;
  private final End end;
  private final CountDownLatch seen = new CountDownLatch(EVENTS / 2);
  private FrameworkID id;
  private boolean isLeft;

  private SoakClient(Soak soak, End end) {
    this.soak = soak;
    this.end = end;
  }

  static void live(Soak soak, int number, boolean overDriver) throws Exception {
    SoakClient life = new SoakClient(soak, End.values()[number % End.values().length]);
    Mesos mesos = overDriver ? new V0Mesos(life, INFO, soak.master) : new V1Mesos(life, soak.master);
    // Some end before they are connected.
    boolean waits = number % 5 > 0;
    if (waits && !life.seen.await(20, TimeUnit.SECONDS)) {
      soak.surprise("no events for a client" + (overDriver ? " over the driver" : ""));
    }
    life.finish(mesos);
  }

  private void finish(Mesos mesos) throws Exception {
    switch (end) {
      case TEARDOWN:
        synchronized (this) {
          if (id != null) {
            mesos.send(Call.newBuilder().setType(Call.Type.TEARDOWN).setFrameworkId(id).build());
          }
        }
        Puppet.free(mesos);
        break;
      case FINALIZE:
        Puppet.free(mesos);
        Puppet.free(mesos);
        break;
      case REAP:
        soak.doomed.put(mesos);
        mesos.reconnect();
        Puppet.free(mesos);
        break;
      case FORGET:
      case THROW:
      case FINALIZE_INSIDE:
        break;
    }
    leave();
  }

  private synchronized void leave() {
    isLeft = true;
    if (id != null) {
      soak.orphans.add(id.getValue());
    }
  }

  @Override
  public void connected(Mesos mesos) {
    mesos.send(Call.newBuilder()
        .setType(Call.Type.SUBSCRIBE)
        .setSubscribe(Call.Subscribe.newBuilder().setFrameworkInfo(INFO))
        .build());
  }

  @Override
  public void disconnected(Mesos mesos) {}

  @Override
  public void received(Mesos mesos, Event event) {
    soak.events.incrementAndGet();
    if (event.getType() == Event.Type.SUBSCRIBED) {
      subscribed(mesos, event.getSubscribed().getFrameworkId());
    }
    if (event.getType() != Event.Type.UPDATE) {
      return;
    }
    boolean isLast = seen.getCount() == 1;
    seen.countDown();
    if (isLast && end == End.THROW) {
      throw new Soak.Expected();
    }
    if (isLast && end == End.FINALIZE_INSIDE) {
      try {
        Puppet.free(mesos);
      } catch (ReflectiveOperationException e) {
        soak.surprise("finalize threw " + e);
      }
    }
  }

  private synchronized void subscribed(Mesos mesos, FrameworkID framework) {
    soak.registrations.incrementAndGet();
    id = framework;
    if (isLeft) {
      soak.orphans.add(id.getValue());
    }
    Call.Reconcile.Builder reconcile = Call.Reconcile.newBuilder();
    for (int i = 0; i < EVENTS; i++) {
      reconcile.addTasks(
          Call.Reconcile.Task.newBuilder().setTaskId(TaskID.newBuilder().setValue("u" + i)));
    }
    mesos.send(Call.newBuilder()
        .setType(Call.Type.RECONCILE).setFrameworkId(id).setReconcile(reconcile).build());
  }
}
