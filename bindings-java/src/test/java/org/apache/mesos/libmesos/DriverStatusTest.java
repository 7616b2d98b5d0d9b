package org.apache.mesos.libmesos;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import java.util.Collections;
import org.apache.mesos.Log;
import org.apache.mesos.MesosNativeLibrary;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.CommandInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;
import org.junit.Test;

/** What needs no master: statuses, bad arguments, text, unbuilt classes. */
public class DriverStatusTest {
  /** Nothing listens there. */
  private static final String NOWHERE = "127.0.0.1:1";

  private final Framework framework = new Framework();

  private MesosSchedulerDriver driver(String master) {
    return new MesosSchedulerDriver(framework, Framework.info().build(), master);
  }

  @Test
  public void everyCallAnswersTheDocumentedStatus() {
    MesosSchedulerDriver driver = driver(NOWHERE);
    assertEquals(Status.DRIVER_NOT_STARTED, driver.stop());
    assertEquals(Status.DRIVER_NOT_STARTED, driver.abort());
    assertEquals(Status.DRIVER_NOT_STARTED, driver.join());
    assertEquals(Status.DRIVER_NOT_STARTED, driver.reviveOffers());
    assertEquals(Status.DRIVER_RUNNING, driver.start());
    assertEquals(Status.DRIVER_RUNNING, driver.start());
    assertEquals(Status.DRIVER_RUNNING, driver.reconcileTasks(Collections.<TaskStatus>emptyList()));
    assertEquals(Status.DRIVER_STOPPED, driver.stop(true));
    assertEquals(Status.DRIVER_STOPPED, driver.join());
    assertEquals(Status.DRIVER_STOPPED, driver.stop());
    assertEquals(Status.DRIVER_STOPPED, driver.start());
    assertEquals(Status.DRIVER_STOPPED, driver.abort());
    assertEquals(Status.DRIVER_STOPPED, driver.killTask(TaskID.newBuilder().setValue("t").build()));
  }

  @Test
  public void abortIsFinalButStopStillMovesOn() {
    MesosSchedulerDriver driver = driver(NOWHERE);
    driver.start();
    assertEquals(Status.DRIVER_ABORTED, driver.abort());
    assertEquals(Status.DRIVER_ABORTED, driver.join());
    assertEquals(Status.DRIVER_ABORTED, driver.start());
    assertEquals(Status.DRIVER_ABORTED, driver.stop());
    assertEquals(Status.DRIVER_STOPPED, driver.join());
  }

  @Test
  public void aBadMasterStringReachesErrorWithAllItsCharacters() {
    String text = "Failed to create a master detector for 'kein \uD83D\uDE00 Master': "
        + "Failed to parse 'kein \uD83D\uDE00 Master'";
    assertEquals(Status.DRIVER_ABORTED, driver("kein \uD83D\uDE00 Master").run());
    assertEquals(text, framework.all("error").get(0).what);
    assertEquals(Thread.currentThread(), framework.all("error").get(0).thread);
  }

  @Test
  public void stopInsideErrorEndsABadStart() {
    Framework stopping = new Framework() {
      @Override
      public void error(SchedulerDriver driver, String message) {
        note("error", driver.stop());
      }
    };
    MesosSchedulerDriver driver =
        new MesosSchedulerDriver(stopping, Framework.info().build(), "zk://127.0.0.1:2181/");
    assertEquals(Status.DRIVER_STOPPED, driver.start());
    assertEquals(Status.DRIVER_ABORTED, stopping.all("error").get(0).what);
    assertEquals(Status.DRIVER_STOPPED, driver.join());
  }

  @Test
  public void tasksLaunchedWhileDisconnectedAreLostOnTheDriversThread() throws Exception {
    MesosSchedulerDriver driver = driver(NOWHERE);
    driver.start();
    Offer offer = Offer.newBuilder()
        .setId(OfferID.newBuilder().setValue("none"))
        .setFrameworkId(FrameworkID.newBuilder().setValue("none"))
        .setSlaveId(SlaveID.newBuilder().setValue("none"))
        .setHostname("none")
        .build();
    Framework.launch(driver, offer, Framework.command("t", offer, "true"));
    TaskStatus status = framework.awaitStatus("t", TaskState.TASK_LOST);
    assertEquals("Master disconnected", status.getMessage());
    assertTrue(!status.hasUuid() && !status.hasSlaveId());
    Framework.Heard heard = framework.all("statusUpdate").get(0);
    assertTrue("a running driver must not keep the JVM alive", heard.daemon);
    assertEquals(null, heard.loader);
    driver.stop();
  }

  @Test
  public void nullArgumentsThrowAndDoNotCrash() {
    MesosSchedulerDriver driver = driver(NOWHERE);
    driver.start();
    try {
      driver.killTask(null);
      fail("null was taken");
    } catch (NullPointerException expected) {
      assertNotNull(expected.getMessage());
    }
    try {
      driver.reconcileTasks(Collections.<TaskStatus>singletonList(null));
      fail("null was taken");
    } catch (NullPointerException expected) {
      assertNotNull(expected.getMessage());
    }
    driver.stop();
  }

  @Test
  public void acknowledgingWithImplicitAcknowledgementsAbortsTheDriverOnly() throws Exception {
    MesosSchedulerDriver driver = driver(NOWHERE);
    driver.start();
    driver.acknowledgeStatusUpdate(TaskStatus.newBuilder()
        .setTaskId(TaskID.newBuilder().setValue("t")).setState(TaskState.TASK_RUNNING).build());
    framework.await("error", heard -> heard.what.toString().contains("Implicit acknowledgements are enabled"));
    assertEquals(Status.DRIVER_ABORTED, driver.join());
  }

  @Test
  public void theVersionIsThatOfTheOriginal() {
    assertEquals(1, MesosNativeLibrary.version().major);
    assertEquals(11, MesosNativeLibrary.version().minor);
    MesosNativeLibrary.load();
  }

  @Test
  public void unbuiltClassesSayWhatIsMissing() {
    try {
      new Log(1, "/nonexistent", Collections.<String>emptySet());
      fail("there is no replicated log yet");
    } catch (UnsupportedOperationException expected) {
      assertTrue(expected.getMessage(), expected.getMessage().contains("org.apache.mesos.Log"));
    }
  }

  @Test
  public void aHundredForgottenDriversDoNoHarm() {
    for (int i = 0; i < 100; i++) {
      driver(NOWHERE).start();
    }
    System.gc();
    System.runFinalization();
    assertEquals(Status.DRIVER_RUNNING, driver(NOWHERE).start());
    assertNotNull(CommandInfo.getDefaultInstance());
  }
}
