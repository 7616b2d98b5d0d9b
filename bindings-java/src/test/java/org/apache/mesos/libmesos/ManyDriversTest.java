package org.apache.mesos.libmesos;

import static org.apache.mesos.libmesos.Framework.command;
import static org.apache.mesos.libmesos.Framework.info;
import static org.apache.mesos.libmesos.Framework.launch;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.junit.Assume;
import org.junit.Test;

/** Several frameworks in one JVM, and what a master and an operator see of them. */
public class ManyDriversTest {
  @Test
  public void driversOfOneJvmHaveAThreadEachAndDoNotMeet() throws Exception {
    List<Framework> frameworks = new ArrayList<>();
    List<MesosSchedulerDriver> drivers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Framework framework = new Framework();
      frameworks.add(framework);
      MesosSchedulerDriver driver = framework.driver();
      drivers.add(driver);
      driver.start();
      Offer offer = framework.awaitOffer();
      // Or it would keep the agent to itself.
      driver.suppressOffers();
      launch(driver, offer, command("t" + i, offer, "exit 0"));
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Framework framework = frameworks.get(i);
      framework.awaitStatus("t" + i, TaskState.TASK_FINISHED);
      Thread thread = framework.all("registered").get(0).thread;
      threads.add(thread);
      for (Framework.Heard heard : framework.all("statusUpdate")) {
        assertEquals("one thread for all callbacks", thread, heard.thread);
        assertTrue(heard.what.toString(), heard.what.toString().contains("\"t" + i + "\""));
      }
    }
    assertNotEquals(threads.get(0), threads.get(1));
    assertNotEquals(threads.get(1), threads.get(2));
    drivers.get(0).stop();
    drivers.get(0).join();
    frameworks.get(1).forget("resourceOffers");
    drivers.get(1).reviveOffers();
    frameworks.get(1).awaitOffer();
    for (MesosSchedulerDriver driver : drivers) {
      driver.stop();
      assertEquals(Status.DRIVER_STOPPED, driver.join());
    }
  }

  @Test
  public void userAndHostnameAreFilledWhenEmpty() throws Exception {
    Framework framework = new Framework();
    MesosSchedulerDriver driver = framework.driver();
    driver.start();
    String entry = entryOf(framework.awaitRegistered());
    assertTrue(entry, entry.contains("\"user\":\"" + System.getProperty("user.name") + "\""));
    assertTrue(entry, entry.contains("\"hostname\":\"" + InetAddress.getLocalHost().getHostName() + "\""));
    driver.stop();
  }

  /** What the master's /frameworks says about it. */
  private static String entryOf(FrameworkID id) throws Exception {
    String all = Cluster.get().ask("/frameworks");
    int at = all.indexOf("\"id\":\"" + id.getValue() + "\"");
    assertTrue(all, at >= 0);
    int next = all.indexOf("\"id\":\"", at + 1);
    return next < 0 ? all.substring(at) : all.substring(at, next);
  }

  @Test
  public void theDriversProcessAnswersHttp() throws Exception {
    Framework framework = new Framework();
    MesosSchedulerDriver driver = framework.driver();
    driver.start();
    framework.awaitRegistered();
    String all = Cluster.get().ask("/frameworks");
    String id = framework.awaitRegistered().getValue();
    int pid = all.indexOf("\"pid\":\"scheduler-", all.indexOf("\"" + id + "\""));
    String address = all.substring(all.indexOf('@', pid) + 1, all.indexOf('"', all.indexOf('@', pid)));
    String metrics = read("http://" + address + "/metrics/snapshot", 200);
    assertTrue(metrics, metrics.contains("scheduler\\/event_queue_messages")
        || metrics.contains("scheduler/event_queue_messages"));
    assertTrue(read("http://" + address + "/version", 200).contains("1.11.0"));
    assertTrue(read("http://" + address + "/__processes__", 200).contains("scheduler-"));
    read("http://" + address + "/no/such/path", 404);
    driver.stop();
  }

  private static String read(String address, int status) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(address).openConnection();
    assertEquals(address, status, connection.getResponseCode());
    if (status != 200) {
      return "";
    }
    try (Scanner body = new Scanner(connection.getInputStream(), "UTF-8").useDelimiter("\\A")) {
      return body.hasNext() ? body.next() : "";
    }
  }

  @Test
  public void anEmptyListOfRolesChangesNothing() throws Exception {
    Method revive;
    try {
      revive = MesosSchedulerDriver.class.getMethod("reviveOffers", Collection.class);
    } catch (NoSuchMethodException old) {
      Assume.assumeNoException("jars before 1.9.0 know no lists of roles", old);
      return;
    }
    Framework framework = new Framework();
    MesosSchedulerDriver driver = framework.driver();
    assertEquals(Status.DRIVER_NOT_STARTED, revive.invoke(driver, Collections.emptyList()));
    driver.start();
    Offer offer = framework.awaitOffer();
    driver.suppressOffers();
    driver.declineOffer(offer.getId(), Framework.refuse(0));
    framework.forget("resourceOffers");
    assertEquals(Status.DRIVER_RUNNING, revive.invoke(driver, Collections.emptyList()));
    awaitAnswer(driver, framework, "before", offer);
    awaitAllocations(3);
    awaitAnswer(driver, framework, "after", offer);
    assertEquals(0, framework.all("resourceOffers").size());
    assertEquals(Status.DRIVER_RUNNING, revive.invoke(driver, Arrays.asList("*")));
    framework.awaitOffer();
    driver.stop();
  }

  /** Waits until the master has answered a question: all that was sent before has been taken, and its effects heard. */
  private static void awaitAnswer(MesosSchedulerDriver driver, Framework framework, String task, Offer offer)
      throws Exception {
    driver.reconcileTasks(Collections.singletonList(TaskStatus.newBuilder()
        .setTaskId(TaskID.newBuilder().setValue(task))
        .setSlaveId(offer.getSlaveId())
        .setState(TaskState.TASK_RUNNING)
        .build()));
    framework.awaitStatus(task, TaskState.TASK_LOST);
  }

  private static void awaitAllocations(int rounds) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    long enough = allocations() + rounds;
    while (allocations() < enough) {
      assertTrue("nothing is allocated", System.nanoTime() < deadline);
      Thread.sleep(20);
    }
  }

  private static long allocations() throws Exception {
    String all = Cluster.get().ask("/metrics/snapshot").replace("\\/", "/");
    Matcher runs = Pattern.compile("\"allocator/mesos/allocation_runs\":([0-9]+)").matcher(all);
    assertTrue(all, runs.find());
    return Long.parseLong(runs.group(1));
  }

  @Test
  public void aDriverWithoutPrincipalHasNone() throws Exception {
    Framework framework = new Framework();
    MesosSchedulerDriver driver = new MesosSchedulerDriver(framework, info().build(), Cluster.get().master);
    driver.start();
    String entry = entryOf(framework.awaitRegistered());
    assertTrue(entry, !entry.contains("\"principal\""));
    driver.stop();
  }
}
