import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.Filters;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;

/**
 * {@code long-lived-framework --master=HOST:PORT [--tasks=N] [--task_ms=N]}: keeps one executor on one agent and gives
 * it a new task with every offer of that agent, until it is killed or N tasks have finished.
 */
public final class LongLivedFramework extends Quiet {
  private static final double CPUS_PER_TASK = 0.1;
  private static final double MEM_PER_TASK = 32;

  private final ExecutorInfo executor = ExecutorInfo.newBuilder()
      .setExecutorId(ExecutorID.newBuilder().setValue("default"))
      .setName("Long Lived Executor (Java)")
      .setSource("java_long_lived")
      .addResources(Examples.scalar("cpus", CPUS_PER_TASK))
      .addResources(Examples.scalar("mem", 128))
      .setCommand(Examples.executor("long-lived-executor"))
      .build();
  private final Random random = new Random();
  private final int wanted;
  private final int taskMillis;
  private SlaveID agent;
  private int launched;
  private int finished;
  private int lost;

  private LongLivedFramework(int wanted, int taskMillis) {
    this.wanted = wanted;
    this.taskMillis = taskMillis;
  }

  public static void main(String[] arguments) {
    Map<String, String> flags = Examples.flags(arguments, "master", "", "tasks", "0", "task_ms", "10000");
    LongLivedFramework scheduler = new LongLivedFramework(
        Integer.parseInt(flags.get("tasks")), Integer.parseInt(flags.get("task_ms")));
    FrameworkInfo framework =
        Examples.framework("Long Lived Framework (Java)", "long-lived-framework-java").build();
    Examples.run(Examples.driver(scheduler, framework, Collections.<String>emptyList(), flags.get("master")));
  }

  @Override
  public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
    for (Offer offer : offers) {
      boolean isOurs = agent == null || agent.equals(offer.getSlaveId());
      // The first task brings the executor with it.
      double mem = MEM_PER_TASK + (agent == null ? 128 : 0);
      boolean fits = Examples.offered(offer, "cpus") >= 2 * CPUS_PER_TASK && Examples.offered(offer, "mem") >= mem;
      boolean isEnough = wanted > 0 && launched - lost >= wanted;
      if (!isOurs || !fits || isEnough) {
        driver.declineOffer(offer.getId(), Filters.newBuilder().setRefuseSeconds(isEnough ? 5 : 1).build());
        continue;
      }
      agent = offer.getSlaveId();
      driver.launchTasks(
          Collections.singletonList(offer.getId()),
          Collections.singletonList(task(offer)),
          Filters.newBuilder().setRefuseSeconds(0).build());
    }
  }

  private TaskInfo task(Offer offer) {
    String id = Integer.toString(launched++);
    System.out.println("Starting task " + id + " on agent " + offer.getSlaveId().getValue());
    int millis = taskMillis / 2 + random.nextInt(taskMillis / 2 + 1);
    return TaskInfo.newBuilder()
        .setName("Task " + id)
        .setTaskId(TaskID.newBuilder().setValue(id))
        .setSlaveId(offer.getSlaveId())
        .addResources(Examples.scalar("cpus", CPUS_PER_TASK))
        .addResources(Examples.scalar("mem", MEM_PER_TASK))
        .setExecutor(executor)
        .setData(Examples.bytes(Integer.toString(millis)))
        .build();
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    System.out.println("Task " + status.getTaskId().getValue() + " is in state " + status.getState());
    if (Examples.isExplicit()) {
      driver.acknowledgeStatusUpdate(status);
    }
    boolean isRunning = status.getState() == TaskState.TASK_STARTING || status.getState() == TaskState.TASK_RUNNING;
    if (status.getState() == TaskState.TASK_FINISHED) {
      if (++finished == wanted) {
        System.out.println("Finished tasks: " + finished);
        driver.stop();
      }
    } else if (!isRunning) {
      lost++;
    }
  }

  @Override
  public void slaveLost(SchedulerDriver driver, SlaveID lostAgent) {
    super.slaveLost(driver, lostAgent);
    if (lostAgent.equals(agent)) {
      agent = null;
    }
  }

  @Override
  public void executorLost(SchedulerDriver driver, ExecutorID id, SlaveID lostAgent, int status) {
    super.executorLost(driver, id, lostAgent, status);
    agent = null;
  }
}
