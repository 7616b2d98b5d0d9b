import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.Filters;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;

/**
 * {@code test-framework HOST:PORT [TASKS]}: runs tasks (5 unless said otherwise) on an executor of its own.
 *
 * <p>It subscribes with its role suppressed and asks for offers by updating itself once it is registered.
 */
public final class TestFramework extends Quiet {
  private static final double CPUS_PER_TASK = 1;
  private static final double MEM_PER_TASK = 128;

  private final FrameworkInfo framework;
  private final int wanted;
  private int launched;
  private int finished;

  private TestFramework(FrameworkInfo framework, int wanted) {
    this.framework = framework;
    this.wanted = wanted;
  }

  public static void main(String[] arguments) {
    if (arguments.length < 1 || arguments.length > 2) {
      System.err.println("usage: test-framework MASTER [TASKS]");
      System.exit(1);
    }
    String role = System.getenv("MESOS_EXAMPLE_ROLE");
    FrameworkInfo framework = Examples.framework("Test Framework (Java)", "test-framework-java")
        .setRole(role == null ? "*" : role)
        .setCheckpoint(true)
        .build();
    int wanted = arguments.length == 2 ? Integer.parseInt(arguments[1]) : 5;
    TestFramework scheduler = new TestFramework(framework, wanted);
    Examples.run(Examples.driver(
        scheduler, framework, Collections.singletonList(framework.getRole()), arguments[0]));
  }

  @Override
  public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
    super.registered(driver, id, master);
    driver.updateFramework(framework.toBuilder().setId(id).build(), Collections.<String>emptyList());
  }

  @Override
  public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
    for (Offer offer : offers) {
      double cpus = Examples.offered(offer, "cpus");
      double mem = Examples.offered(offer, "mem");
      String id = offer.getId().getValue();
      System.out.println("Received offer " + id + " with cpus: " + cpus + " and mem: " + mem);
      List<TaskInfo> tasks = new ArrayList<>();
      for (; launched < wanted && cpus >= CPUS_PER_TASK && mem >= MEM_PER_TASK; launched++) {
        System.out.println("Launching task " + launched + " using offer " + id);
        tasks.add(task(launched, offer));
        cpus -= CPUS_PER_TASK;
        mem -= MEM_PER_TASK;
      }
      driver.launchTasks(
          Collections.singletonList(offer.getId()), tasks, Filters.newBuilder().setRefuseSeconds(1).build());
    }
  }

  private static TaskInfo task(int number, Offer offer) {
    return TaskInfo.newBuilder()
        .setName("task " + number)
        .setTaskId(TaskID.newBuilder().setValue(Integer.toString(number)))
        .setSlaveId(offer.getSlaveId())
        .addResources(Examples.scalar("cpus", CPUS_PER_TASK))
        .addResources(Examples.scalar("mem", MEM_PER_TASK))
        .setExecutor(ExecutorInfo.newBuilder()
            .setExecutorId(ExecutorID.newBuilder().setValue("default"))
            .setName("Test Executor (Java)")
            .setSource("java_test")
            .setCommand(Examples.executor("test-executor")))
        .build();
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    String task = status.getTaskId().getValue();
    System.out.println("Status update: task " + task + " is in state " + status.getState());
    if (Examples.isExplicit()) {
      driver.acknowledgeStatusUpdate(status);
    }
    if (status.getState() == TaskState.TASK_FINISHED) {
      System.out.println("Finished tasks: " + ++finished);
      if (finished == wanted) {
        driver.stop();
      }
      return;
    }
    if (isOver(status.getState())) {
      System.err.println("Aborting because task " + task + " is in unexpected state " + status.getState()
          + " with reason " + status.getReason() + " from source " + status.getSource()
          + " with message '" + status.getMessage() + "'");
      driver.abort();
    }
  }

  private static boolean isOver(TaskState state) {
    return state == TaskState.TASK_LOST
        || state == TaskState.TASK_KILLED
        || state == TaskState.TASK_FAILED
        || state == TaskState.TASK_ERROR;
  }
}
