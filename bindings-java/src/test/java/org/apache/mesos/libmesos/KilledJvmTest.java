package org.apache.mesos.libmesos;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.junit.Test;

/** A scheduler's JVM that ends without a word leaves its framework and tasks to the next one. */
public class KilledJvmTest {
  @Test
  public void aFrameworkWhoseJvmWasKilledIsTakenOverWithItsTask() throws Exception {
    Process jvm = start();
    FrameworkID id;
    try {
      id = FrameworkID.newBuilder().setValue(awaitId(jvm)).build();
    } finally {
      jvm.destroyForcibly();
      jvm.waitFor(10, TimeUnit.SECONDS);
    }

    Framework successor = new Framework();
    FrameworkInfo info = FrameworkInfo.newBuilder(DoomedFramework.surviving()).setId(id).build();
    MesosSchedulerDriver driver = new MesosSchedulerDriver(successor, info, Cluster.get().master);
    assertEquals(Status.DRIVER_RUNNING, driver.start());
    try {
      assertEquals(id, successor.awaitRegistered());
      driver.reconcileTasks(Collections.<TaskStatus>emptyList());
      TaskStatus status = (TaskStatus) successor.await("statusUpdate", one ->
          ((TaskStatus) one.what).getReason() == TaskStatus.Reason.REASON_RECONCILIATION).what;
      assertEquals(DoomedFramework.TASK, status.getTaskId().getValue());
      assertEquals(TaskState.TASK_RUNNING, status.getState());
      driver.killTask(TaskID.newBuilder().setValue(DoomedFramework.TASK).build());
      successor.awaitStatus(DoomedFramework.TASK, TaskState.TASK_KILLED);
    } finally {
      driver.stop();
      driver.join();
    }
  }

  private static Process start() throws Exception {
    String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    ProcessBuilder builder = new ProcessBuilder(
        java, "-cp", System.getProperty("java.class.path"), DoomedFramework.class.getName(), Cluster.get().master);
    return builder.redirectErrorStream(true).start();
  }

  private static String awaitId(Process jvm) throws Exception {
    StringBuilder said = new StringBuilder();
    BufferedReader lines = new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8));
    String id = null;
    while (id == null) {
      String line = lines.readLine();
      if (line == null) {
        break;
      }
      said.append(line).append('\n');
      if (line.startsWith(DoomedFramework.SAYS)) {
        id = line.substring(DoomedFramework.SAYS.length());
      }
    }
    assertNotNull("The JVM ended before its task ran:\n" + said, id);
    return id;
  }
}
