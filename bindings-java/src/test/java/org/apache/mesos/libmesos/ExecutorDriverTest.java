package org.apache.mesos.libmesos;

import static org.apache.mesos.libmesos.Framework.bytes;
import static org.apache.mesos.libmesos.Framework.launch;
import static org.apache.mesos.libmesos.Framework.scalar;
import static org.apache.mesos.libmesos.Framework.task;
import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.io.File;
import java.nio.charset.StandardCharsets;
import org.apache.mesos.MesosExecutorDriver;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.CommandInfo;
import org.apache.mesos.Protos.Environment;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;

/** An executor in Java, started by a real agent. */
public class ExecutorDriverTest {
  private final Framework framework = new Framework();
  private MesosSchedulerDriver driver;

  @Before
  public void start() throws Exception {
    driver = framework.driver();
    driver.start();
    framework.awaitRegistered();
  }

  @After
  public void stop() {
    driver.stop();
    driver.join();
  }

  static ExecutorInfo executor() {
    String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    Environment.Variable library = Environment.Variable.newBuilder()
        .setName("MESOS_NATIVE_JAVA_LIBRARY").setValue(System.getenv("MESOS_NATIVE_JAVA_LIBRARY")).build();
    CommandInfo command = CommandInfo.newBuilder()
        .setValue("exec '" + java + "' -cp '" + System.getProperty("java.class.path") + "' "
            + EchoExecutor.class.getName())
        .setEnvironment(Environment.newBuilder().addVariables(library))
        .build();
    return ExecutorInfo.newBuilder()
        .setExecutorId(ExecutorID.newBuilder().setValue("echo"))
        .setCommand(command)
        .addResources(scalar("cpus", 0.1))
        .addResources(scalar("mem", 64))
        .build();
  }

  private static TaskInfo echo(String id, Offer offer, String data) {
    return task(id, offer).setExecutor(executor()).setData(bytes(data)).build();
  }

  @Test
  public void messagesGoBothWaysAndTheTaskEndsWhenTheExecutorSays() throws Exception {
    Offer offer = framework.awaitOffer();
    launch(driver, offer, echo("t", offer, "given \u00e9"));
    assertEquals("data given \u00e9", framework.awaitStatus("t", TaskState.TASK_RUNNING).getMessage());
    ExecutorID executor = executor().getExecutorId();
    driver.sendFrameworkMessage(executor, offer.getSlaveId(), "hello".getBytes(StandardCharsets.UTF_8));
    framework.await("frameworkMessage", heard -> heard.what.equals("echo:hello"));
    driver.sendFrameworkMessage(executor, offer.getSlaveId(), "finish:t".getBytes(StandardCharsets.UTF_8));
    assertEquals("bye", framework.awaitStatus("t", TaskState.TASK_FINISHED).getMessage());
  }

  @Test
  public void theExecutorIsAskedToKill() throws Exception {
    Offer offer = framework.awaitOffer();
    launch(driver, offer, echo("t", offer, ""));
    framework.awaitStatus("t", TaskState.TASK_RUNNING);
    driver.killTask(TaskID.newBuilder().setValue("t").build());
    assertEquals("killed by the executor", framework.awaitStatus("t", TaskState.TASK_KILLED).getMessage());
  }

  @Test
  public void anExceptionInTheExecutorEndsItAndFailsTheTask() throws Exception {
    Offer offer = framework.awaitOffer();
    launch(driver, offer, echo("t", offer, "throw"));
    framework.await("statusUpdate", heard -> {
      TaskState state = ((org.apache.mesos.Protos.TaskStatus) heard.what).getState();
      return state == TaskState.TASK_FAILED || state == TaskState.TASK_LOST;
    });
  }

  @Test
  public void outsideOfAnAgentTheDriverAbortsAndSaysWhatIsMissing() {
    final String[] heard = new String[1];
    MesosExecutorDriver alone = new MesosExecutorDriver((org.apache.mesos.Executor) java.lang.reflect.Proxy.newProxyInstance(
        getClass().getClassLoader(), new Class<?>[] {org.apache.mesos.Executor.class}, (proxy, method, arguments) -> {
          if (method.getName().equals("error")) {
            heard[0] = (String) arguments[1];
          }
          return null;
        }));
    assertEquals(Status.DRIVER_ABORTED, alone.run());
    assertArrayEquals(new String[] {"Expecting 'MESOS_SLAVE_PID' to be set in the environment"}, heard);
  }
}
