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

/** Runs each task by saying so, and calls it finished. */
public class TestExecutor implements Executor {
  public static void main(String[] arguments) {
    Status status = new MesosExecutorDriver(new TestExecutor()).run();
    System.exit(status == Status.DRIVER_STOPPED ? 0 : 1);
  }

  static void update(ExecutorDriver driver, TaskID task, TaskState state) {
    driver.sendStatusUpdate(TaskStatus.newBuilder().setTaskId(task).setState(state).build());
  }

  @Override
  public void registered(ExecutorDriver driver, ExecutorInfo executor, FrameworkInfo framework, SlaveInfo agent) {
    System.out.println("Registered executor on " + agent.getHostname());
  }

  @Override
  public void reregistered(ExecutorDriver driver, SlaveInfo agent) {
    System.out.println("Re-registered executor on " + agent.getHostname());
  }

  @Override
  public void disconnected(ExecutorDriver driver) {}

  @Override
  public void launchTask(ExecutorDriver driver, TaskInfo task) {
    // A callback must not take long; what does belongs into a thread of its own.
    new Thread(() -> {
      update(driver, task.getTaskId(), TaskState.TASK_RUNNING);
      System.out.println("Running task " + task.getTaskId().getValue());
      update(driver, task.getTaskId(), TaskState.TASK_FINISHED);
    }).start();
  }

  @Override
  public void killTask(ExecutorDriver driver, TaskID task) {}

  @Override
  public void frameworkMessage(ExecutorDriver driver, byte[] data) {}

  @Override
  public void shutdown(ExecutorDriver driver) {
    driver.stop();
  }

  @Override
  public void error(ExecutorDriver driver, String message) {
    System.err.println("Error: " + message);
  }
}
