package org.apache.mesos.libmesos;

import static org.apache.mesos.libmesos.Framework.command;
import static org.apache.mesos.libmesos.Framework.info;
import static org.apache.mesos.libmesos.Framework.launch;
import static org.apache.mesos.libmesos.Framework.refuse;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.Scheduler;
import org.apache.mesos.SchedulerDriver;
import org.junit.After;
import org.junit.Assume;
import org.junit.Test;

/** A framework in Java on a real master and agent. */
public class SchedulerDriverTest {
  private final Framework framework = new Framework();
  private MesosSchedulerDriver driver;

  private void start() throws Exception {
    driver = framework.driver();
    assertEquals(Status.DRIVER_RUNNING, driver.start());
    framework.awaitRegistered();
  }

  @After
  public void stop() {
    if (driver != null) {
      driver.stop();
      driver.join();
    }
  }

  @Test
  public void aTaskRunsAndFinishes() throws Exception {
    start();
    Offer offer = framework.awaitOffer();
    launch(driver, offer, command("t", offer, "exit 0"));
    TaskStatus running = framework.awaitStatus("t", TaskState.TASK_RUNNING);
    TaskStatus finished = framework.awaitStatus("t", TaskState.TASK_FINISHED);
    assertEquals(TaskStatus.Source.SOURCE_EXECUTOR, finished.getSource());
    assertEquals(offer.getSlaveId(), finished.getSlaveId());
    assertTrue(running.hasUuid() && finished.hasUuid());
  }

  @Test
  public void aFailingTaskSaysWhy() throws Exception {
    start();
    Offer offer = framework.awaitOffer();
    launch(driver, offer, command("t", offer, "exit 3"));
    assertEquals("Command exited with status 3", framework.awaitStatus("t", TaskState.TASK_FAILED).getMessage());
  }

  @Test
  public void explicitAcknowledgementsHoldBackTheNextUpdate() throws Exception {
    driver = new MesosSchedulerDriver(framework, info().build(), Cluster.get().master, false);
    driver.start();
    Offer offer = framework.awaitOffer();
    driver.acceptOffers(
        Collections.singletonList(offer.getId()),
        Collections.singletonList(Offer.Operation.newBuilder()
            .setType(Offer.Operation.Type.LAUNCH)
            .setLaunch(Offer.Operation.Launch.newBuilder().addTaskInfos(command("t", offer, "exit 0")))
            .build()),
        refuse(0));
    TaskStatus first = (TaskStatus) framework.await("statusUpdate", any -> true).what;
    Cluster.get().await("the task's end", "/agent/" + first.getSlaveId().getValue() + "/state", "TASK_FINISHED");
    assertEquals(1, framework.all("statusUpdate").size());
    assertEquals(Status.DRIVER_RUNNING, driver.acknowledgeStatusUpdate(first));
    TaskStatus running = framework.awaitStatus("t", TaskState.TASK_RUNNING);
    if (!running.getUuid().equals(first.getUuid())) {
      driver.acknowledgeStatusUpdate(running);
    }
    driver.acknowledgeStatusUpdate(framework.awaitStatus("t", TaskState.TASK_FINISHED));
  }

  @Test
  public void aTaskCanBeKilled() throws Exception {
    start();
    Offer offer = framework.awaitOffer();
    launch(driver, offer, command("t", offer, "sleep 1000"));
    framework.awaitStatus("t", TaskState.TASK_RUNNING);
    driver.killTask(TaskID.newBuilder().setValue("t").build());
    framework.awaitStatus("t", TaskState.TASK_KILLED);
  }

  @Test
  public void declinedOffersComeBackOnlyWhenRevived() throws Exception {
    start();
    driver.declineOffer(framework.awaitOffer().getId(), refuse(3600));
    framework.forget("resourceOffers");
    Cluster.get().awaitAllocations(3);
    assertEquals(0, framework.all("resourceOffers").size());
    driver.reviveOffers();
    Offer offer = framework.awaitOffer();
    driver.suppressOffers();
    driver.declineOffer(offer.getId(), refuse(0));
    framework.forget("resourceOffers");
    Cluster.get().awaitAllocations(3);
    assertEquals(0, framework.all("resourceOffers").size());
    driver.reviveOffers();
    framework.awaitOffer();
  }

  @Test
  public void reconciliationTellsTheLatestStateAndOfUnknownTasks() throws Exception {
    start();
    Offer offer = framework.awaitOffer();
    launch(driver, offer, command("t", offer, "sleep 1000"));
    framework.awaitStatus("t", TaskState.TASK_RUNNING);
    framework.forget("statusUpdate");
    driver.reconcileTasks(Collections.<TaskStatus>emptyList());
    TaskStatus latest = framework.awaitStatus("t", TaskState.TASK_RUNNING);
    assertEquals(TaskStatus.Reason.REASON_RECONCILIATION, latest.getReason());
    assertFalse(latest.hasUuid());
    driver.reconcileTasks(Arrays.asList(TaskStatus.newBuilder()
        .setTaskId(TaskID.newBuilder().setValue("unknown")).setState(TaskState.TASK_RUNNING).build()));
    TaskStatus unknown = framework.awaitStatus("unknown", TaskState.TASK_LOST);
    assertEquals("Reconciliation: Task is unknown", unknown.getMessage());
  }

  @Test
  public void anExceptionInACallbackAbortsTheDriver() throws Exception {
    Framework throwing = new Framework() {
      @Override
      public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
        super.registered(driver, id, master);
        throw new IllegalStateException("expected in this test");
      }
    };
    MesosSchedulerDriver aborted = throwing.driver();
    assertEquals(Status.DRIVER_ABORTED, aborted.run());
    assertEquals(0, throwing.all("error").size());
    assertEquals(Status.DRIVER_ABORTED, aborted.stop());
  }

  @Test
  public void aSecondDriverTakesOverTheFrameworkAndItsTasks() throws Exception {
    FrameworkInfo surviving = info().setFailoverTimeout(60).build();
    driver = new MesosSchedulerDriver(framework, surviving, Cluster.get().master);
    driver.start();
    FrameworkID id = framework.awaitRegistered();
    Offer offer = framework.awaitOffer();
    launch(driver, offer, command("t", offer, "sleep 1000"));
    framework.awaitStatus("t", TaskState.TASK_RUNNING);

    Framework second = new Framework();
    MesosSchedulerDriver successor = new MesosSchedulerDriver(
        second, FrameworkInfo.newBuilder(surviving).setId(id).build(), Cluster.get().master);
    successor.start();
    assertEquals(id, second.awaitRegistered());
    framework.await("error", heard -> heard.what.equals("Framework failed over"));
    assertEquals(Status.DRIVER_ABORTED, driver.join());
    successor.killTask(TaskID.newBuilder().setValue("t").build());
    second.awaitStatus("t", TaskState.TASK_KILLED);
    successor.stop();
    successor.join();
  }

  @Test
  public void stopWithFailoverKeepsTheFramework() throws Exception {
    FrameworkInfo surviving = info().setFailoverTimeout(60).build();
    driver = new MesosSchedulerDriver(framework, surviving, Cluster.get().master);
    driver.start();
    FrameworkID id = framework.awaitRegistered();
    assertEquals(Status.DRIVER_STOPPED, driver.stop(true));
    driver.join();
    Framework second = new Framework();
    driver = new MesosSchedulerDriver(
        second, FrameworkInfo.newBuilder(surviving).setId(id).build(), Cluster.get().master);
    driver.start();
    assertEquals(id, second.awaitRegistered());
  }

  @Test
  public void aRemovedFrameworkIsRefused() throws Exception {
    start();
    FrameworkID id = framework.awaitRegistered();
    stop();
    Framework second = new Framework();
    driver = new MesosSchedulerDriver(second, info().setId(id).build(), Cluster.get().master);
    driver.start();
    second.await("error", heard -> heard.what.equals("Framework has been removed"));
    assertEquals(Status.DRIVER_ABORTED, driver.join());
  }

  @Test
  public void theMasterLocalIsAClusterInsideThisProcess() throws Exception {
    driver = new MesosSchedulerDriver(framework, info().build(), "local");
    assertEquals(Status.DRIVER_RUNNING, driver.start());
    Offer offer = framework.awaitOffer();
    launch(driver, offer, command("t", offer, "exit 0"));
    framework.awaitStatus("t", TaskState.TASK_FINISHED);
  }

  @Test
  public void suppressedRolesGetNoOffersUntilTheFrameworkIsUpdated() throws Exception {
    Constructor<MesosSchedulerDriver> constructor;
    try {
      constructor = MesosSchedulerDriver.class.getConstructor(
          Scheduler.class, FrameworkInfo.class, Collection.class, String.class, boolean.class);
    } catch (NoSuchMethodException old) {
      Assume.assumeNoException("jars before 1.9.0 know no suppressed roles", old);
      return;
    }
    driver = constructor.newInstance(
        framework, info().build(), Collections.singletonList("*"), Cluster.get().master, true);
    driver.start();
    FrameworkID id = framework.awaitRegistered();
    Cluster.get().awaitAllocations(3);
    assertEquals(0, framework.all("resourceOffers").size());
    Object status = MesosSchedulerDriver.class
        .getMethod("updateFramework", FrameworkInfo.class, Collection.class)
        .invoke(driver, info().setId(id).build(), Collections.emptyList());
    assertEquals(Status.DRIVER_RUNNING, status);
    framework.awaitOffer();
  }
}
