import java.util.Timer;
import java.util.TimerTask;
import org.apache.mesos.ExecutorDriver;
import org.apache.mesos.MesosExecutorDriver;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;

/** Serves many tasks in one process, each for as many milliseconds as its data says. */
public final class LongLivedExecutor extends TestExecutor {
  private final Timer timer = new Timer("tasks", true);

  public static void main(String[] arguments) {
    Status status = new MesosExecutorDriver(new LongLivedExecutor()).run();
    System.exit(status == Status.DRIVER_STOPPED ? 0 : 1);
  }

  @Override
  public void launchTask(ExecutorDriver driver, TaskInfo task) {
    TaskID id = task.getTaskId();
    System.out.println("Starting task " + id.getValue());
    update(driver, id, TaskState.TASK_RUNNING);
    timer.schedule(new TimerTask() {
      @Override
      public void run() {
        System.out.println("Finishing task " + id.getValue());
        update(driver, id, TaskState.TASK_FINISHED);
      }
    }, Long.parseLong(task.getData().toStringUtf8()));
  }
}
