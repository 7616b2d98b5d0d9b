import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;

/** {@code test-multiple-executors-framework HOST:PORT}: tasks foo and bar, each on an executor of its own. */
public final class TestMultipleExecutorsFramework extends Quiet {
  private static final String[] NAMES = {"foo", "bar"};

  private boolean isLaunched;
  private int finished;

  public static void main(String[] arguments) {
    if (arguments.length != 1) {
      System.err.println("usage: test-multiple-executors-framework MASTER");
      System.exit(1);
    }
    FrameworkInfo framework = Examples.framework(
        "Test Multiple Executors Framework (Java)", "test-multiple-executors-framework-java").build();
    Examples.run(Examples.driver(
        new TestMultipleExecutorsFramework(), framework, Collections.<String>emptyList(), arguments[0]));
  }

  @Override
  public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
    for (Offer offer : offers) {
      boolean fits = Examples.offered(offer, "cpus") >= 2 && Examples.offered(offer, "mem") >= 256;
      List<TaskInfo> tasks = new ArrayList<>();
      if (fits && !isLaunched) {
        isLaunched = true;
        for (String name : NAMES) {
          System.out.println("Launching task " + name);
          tasks.add(task(name, offer));
        }
      }
      driver.launchTasks(Collections.singletonList(offer.getId()), tasks);
    }
  }

  private static TaskInfo task(String name, Offer offer) {
    return TaskInfo.newBuilder()
        .setName("task " + name)
        .setTaskId(TaskID.newBuilder().setValue(name))
        .setSlaveId(offer.getSlaveId())
        .addResources(Examples.scalar("cpus", 1))
        .addResources(Examples.scalar("mem", 128))
        .setExecutor(ExecutorInfo.newBuilder()
            .setExecutorId(ExecutorID.newBuilder().setValue("executor-" + name))
            .setCommand(Examples.executor("test-executor")))
        .setData(Examples.bytes("100000"))
        .build();
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    System.out.println("Status update: task " + status.getTaskId() + " is in state " + status.getState());
    if (Examples.isExplicit()) {
      driver.acknowledgeStatusUpdate(status);
    }
    if (status.getState() == TaskState.TASK_FINISHED && ++finished == NAMES.length) {
      driver.stop();
    }
  }
}
