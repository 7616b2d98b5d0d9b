package org.apache.mesos.libmesos;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.List;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;

/**
 * What the Java interface costs: plays a framework against {@code mesos-load feed}.
 *
 * <p>Arguments: MASTER UPDATES LAUNCHES. Prints one line of JSON; see {@code ffi-c/tests/c/bench.c}.
 */
public final class DriverBench extends Framework {
  private static long started;

  private final int expected;
  private final int launches;
  private int seen;
  private long registered;
  private long cpuBefore;
  private long rssKb;

  private DriverBench(int expected, int launches) {
    this.expected = expected;
    this.launches = launches;
  }

  public static void main(String[] arguments) {
    DriverBench bench = new DriverBench(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    MesosSchedulerDriver driver = new MesosSchedulerDriver(bench, Framework.info().build(), arguments[0]);
    started = System.nanoTime();
    driver.run();
  }

  @Override
  public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
    registered = System.nanoTime();
    rssKb = residentKb();
    cpuBefore = cpuNanoseconds();
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    if (++seen != expected) {
      return;
    }
    double seconds = (System.nanoTime() - registered) / 1e9;
    double cpuMicroseconds = (cpuNanoseconds() - cpuBefore) / 1e3;
    System.out.printf(
        "{\"registered_ms\": %.2f, \"rss_kb\": %d, \"updates_per_second\": %.0f, \"cpu_us_per_update\": %.2f}%n",
        (registered - started) / 1e6, rssKb, expected / seconds, cpuMicroseconds / expected);
    List<OfferID> offers = Collections.singletonList(OfferID.newBuilder().setValue("o").build());
    List<TaskInfo> tasks = Collections.singletonList(TaskInfo.newBuilder()
        .setName("t")
        .setTaskId(TaskID.newBuilder().setValue("t"))
        .setSlaveId(SlaveID.newBuilder().setValue("s"))
        .build());
    for (int i = 0; i < launches; i++) {
      driver.launchTasks(offers, tasks);
    }
    driver.stop();
  }

  private static long cpuNanoseconds() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long residentKb() {
    try {
      String[] words = new String(Files.readAllBytes(Paths.get("/proc/self/statm"))).split(" ");
      return Long.parseLong(words[1]) * 4;
    } catch (java.io.IOException error) {
      return 0;
    }
  }
}
