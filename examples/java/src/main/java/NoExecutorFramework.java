import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.mesos.Protos.CommandInfo;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.Resource;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;

/**
 * {@code no-executor-framework --master=HOST:PORT [--command=C] [--num_tasks=N] [--task_resources=R]}: runs a shell
 * command N times, on the executor that every agent has built in.
 */
public final class NoExecutorFramework extends Quiet {
  private final String command;
  private final int wanted;
  private final List<Resource> resources = new ArrayList<>();
  private int launched;
  private int finished;
  private int failed;

  private NoExecutorFramework(String command, int wanted, String resources) {
    this.command = command;
    this.wanted = wanted;
    for (String resource : resources.split(";")) {
      String[] parts = resource.split(":");
      this.resources.add(Examples.scalar(parts[0].trim(), Double.parseDouble(parts[1])));
    }
  }

  public static void main(String[] arguments) {
    Map<String, String> flags = Examples.flags(
        arguments,
        "master", "", "command", "echo hello", "num_tasks", "5", "task_resources", "cpus:0.1;mem:32;disk:32");
    NoExecutorFramework scheduler = new NoExecutorFramework(
        flags.get("command"), Integer.parseInt(flags.get("num_tasks")), flags.get("task_resources"));
    FrameworkInfo framework =
        Examples.framework("No Executor Framework (Java)", "no-executor-framework-java").build();
    Examples.run(Examples.driver(scheduler, framework, Collections.<String>emptyList(), flags.get("master")));
  }

  @Override
  public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
    for (Offer offer : offers) {
      List<TaskInfo> tasks = new ArrayList<>();
      while (launched < wanted && fits(offer, tasks.size() + 1)) {
        tasks.add(task(offer));
      }
      driver.launchTasks(Collections.singletonList(offer.getId()), tasks);
    }
  }

  private boolean fits(Offer offer, int times) {
    for (Resource resource : resources) {
      if (Examples.offered(offer, resource.getName()) < times * resource.getScalar().getValue()) {
        return false;
      }
    }
    return true;
  }

  private TaskInfo task(Offer offer) {
    String id = Integer.toString(launched++);
    System.out.println("Starting task " + id);
    return TaskInfo.newBuilder()
        .setName("Task " + id)
        .setTaskId(TaskID.newBuilder().setValue(id))
        .setSlaveId(offer.getSlaveId())
        .setCommand(CommandInfo.newBuilder().setValue(command))
        .addAllResources(resources)
        .build();
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    System.out.println("Task " + status.getTaskId().getValue() + " is in state " + status.getState());
    if (Examples.isExplicit()) {
      driver.acknowledgeStatusUpdate(status);
    }
    switch (status.getState()) {
      case TASK_STAGING:
      case TASK_STARTING:
      case TASK_RUNNING:
        return;
      case TASK_FINISHED:
        finished++;
        break;
      default:
        System.err.println("Task " + status.getTaskId().getValue() + " failed: " + status.getMessage());
        failed++;
    }
    if (finished + failed == wanted) {
      System.out.println("Finished tasks: " + finished + ", failed tasks: " + failed);
      if (failed > 0) {
        driver.abort();
      } else {
        driver.stop();
      }
    }
  }
}
