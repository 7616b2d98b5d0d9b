package org.apache.mesos.libmesos;

import java.nio.charset.StandardCharsets;
import org.apache.mesos.Executor;
import org.apache.mesos.ExecutorDriver;
import org.apache.mesos.MesosExecutorDriver;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.SlaveInfo;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;

/** Runs until told: sends every framework message back; "finish:<task>" ends that task. */
public final class EchoExecutor implements Executor {
  public static void main(String[] arguments) {
    Status status = new MesosExecutorDriver(new EchoExecutor()).run();
    System.exit(status == Status.DRIVER_STOPPED ? 0 : 1);
  }

  private static void update(ExecutorDriver driver, TaskID task, TaskState state, String message) {
    driver.sendStatusUpdate(
        TaskStatus.newBuilder().setTaskId(task).setState(state).setMessage(message).build());
  }

  @Override
  public void registered(ExecutorDriver driver, ExecutorInfo executor, FrameworkInfo framework, SlaveInfo agent) {
    System.out.println("registered as " + executor.getExecutorId().getValue() + " on " + agent.getHostname());
  }

  @Override
  public void reregistered(ExecutorDriver driver, SlaveInfo agent) {}

  @Override
  public void disconnected(ExecutorDriver driver) {}

  @Override
  public void launchTask(ExecutorDriver driver, TaskInfo task) {
    if (task.getData().toStringUtf8().equals("throw")) {
      throw new IllegalStateException("asked to throw");
    }
    update(driver, task.getTaskId(), TaskState.TASK_RUNNING, "data " + task.getData().toStringUtf8());
  }

  @Override
  public void killTask(ExecutorDriver driver, TaskID task) {
    update(driver, task, TaskState.TASK_KILLED, "killed by the executor");
  }

  @Override
  public void frameworkMessage(ExecutorDriver driver, byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    if (text.startsWith("finish:")) {
      update(driver, TaskID.newBuilder().setValue(text.substring(7)).build(), TaskState.TASK_FINISHED, "bye");
      return;
    }
    driver.sendFrameworkMessage(("echo:" + text).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void shutdown(ExecutorDriver driver) {
    driver.stop();
  }

  @Override
  public void error(ExecutorDriver driver, String message) {
    System.err.println("error: " + message);
  }
}
