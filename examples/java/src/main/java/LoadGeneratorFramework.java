import java.util.Collections;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;

/**
 * {@code load-generator-framework --master=HOST:PORT --qps=N [--duration=SECONDS]}: asks the master for the state of an
 * unknown task N times a second, and counts the answers.
 */
public final class LoadGeneratorFramework extends Quiet {
  private final double callsPerSecond;
  private final double seconds;
  private volatile long answers;

  private LoadGeneratorFramework(double callsPerSecond, double seconds) {
    this.callsPerSecond = callsPerSecond;
    this.seconds = seconds;
  }

  public static void main(String[] arguments) {
    Map<String, String> flags = Examples.flags(arguments, "master", "", "qps", "", "duration", "0");
    if (flags.get("qps").isEmpty()) {
      System.err.println("--qps is missing");
      System.exit(1);
    }
    LoadGeneratorFramework scheduler = new LoadGeneratorFramework(
        Double.parseDouble(flags.get("qps")), Double.parseDouble(flags.get("duration").replace("secs", "")));
    FrameworkInfo framework =
        Examples.framework("Load Generator Framework (Java)", "load-generator-framework-java").build();
    Examples.run(Examples.driver(scheduler, framework, Collections.<String>emptyList(), flags.get("master")));
  }

  @Override
  public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
    super.registered(driver, id, master);
    Thread thread = new Thread(() -> generate(driver), "load");
    thread.setDaemon(true);
    thread.start();
  }

  private void generate(SchedulerDriver driver) {
    TaskStatus unknown = TaskStatus.newBuilder()
        .setTaskId(TaskID.newBuilder().setValue("unknown"))
        .setState(TaskState.TASK_RUNNING)
        .build();
    long begin = System.nanoTime();
    long nanosPerCall = (long) (TimeUnit.SECONDS.toNanos(1) / callsPerSecond);
    long calls = 0;
    Status status = Status.DRIVER_RUNNING;
    while (status == Status.DRIVER_RUNNING && (seconds == 0 || System.nanoTime() - begin < seconds * 1e9)) {
      status = driver.reconcileTasks(Collections.singletonList(unknown));
      calls++;
      long wait = begin + calls * nanosPerCall - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      }
    }
    double took = (System.nanoTime() - begin) / 1e9;
    System.out.printf("%d calls in %.1f s, %.0f a second, %d answers%n", calls, took, calls / took, answers);
    driver.stop();
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    answers++;
  }
}
