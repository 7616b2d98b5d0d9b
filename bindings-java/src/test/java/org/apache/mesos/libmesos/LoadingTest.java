package org.apache.mesos.libmesos;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.util.Arrays;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.SchedulerDriver;
import org.junit.Test;

/** Each test starts a JVM of its own. */
public class LoadingTest {
  /** Starts a driver and returns from main. */
  public static final class Main {
    public static void main(String[] arguments) {
      MesosSchedulerDriver driver =
          new MesosSchedulerDriver(new Framework(), Framework.info().build(), "127.0.0.1:1");
      System.out.println(driver.start());
    }
  }

  /** Registers with the master named, stops and halts, without join or orderly exit. */
  public static final class Farewell {
    public static void main(String[] arguments) throws Exception {
      Framework framework = new Framework();
      MesosSchedulerDriver driver = new MesosSchedulerDriver(
          framework, Framework.info().setFailoverTimeout(3600).build(), arguments[0]);
      driver.start();
      String id = framework.awaitRegistered().getValue();
      driver.stop();
      System.out.println("id=" + id);
      System.out.flush();
      Runtime.getRuntime().halt(0);
    }
  }

  /** Ends its JVM inside a callback; a shutdown hook stops the driver meanwhile, as frameworks do. */
  public static final class ExitInside {
    public static void main(String[] arguments) throws Exception {
      Framework framework = new Framework() {
        @Override
        public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
          System.exit(7);
        }
      };
      MesosSchedulerDriver driver = new MesosSchedulerDriver(framework, Framework.info().build(), arguments[0]);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook: " + driver.stop())));
      driver.run();
    }
  }

  private static String run(String library, int expectedStatus) throws Exception {
    return run(library, expectedStatus, Main.class.getName());
  }

  private static String run(String library, int expectedStatus, String... main) throws Exception {
    String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    ProcessBuilder builder =
        new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"));
    builder.command().addAll(Arrays.asList(main));
    builder.environment().remove("MESOS_NATIVE_JAVA_LIBRARY");
    builder.environment().remove("MESOS_NATIVE_LIBRARY");
    // The folders of a build may hold a library of that name.
    builder.environment().remove("LD_LIBRARY_PATH");
    if (library != null) {
      builder.environment().put("MESOS_NATIVE_JAVA_LIBRARY", library);
    }
    Process process = builder.redirectErrorStream(true).start();
    try (Scanner output = new Scanner(process.getInputStream(), "UTF-8").useDelimiter("\\A")) {
      String text = output.hasNext() ? output.next() : "";
      assertTrue(text, process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(text, expectedStatus, process.exitValue());
      return text;
    }
  }

  @Test
  public void withoutTheVariableTheLibraryIsNotFound() throws Exception {
    String output = run(null, 1);
    assertTrue(output, output.contains("UnsatisfiedLinkError"));
    assertTrue(output, output.contains("Failed to load native Mesos library"));
  }

  @Test
  public void aWrongPathIsNamed() throws Exception {
    String output = run("/nonexistent/libmesos.so", 1);
    assertTrue(output, output.contains("Can't load library: /nonexistent/libmesos.so"));
  }

  @Test
  public void aJvmThatEndsRightAfterStopHasTornItsFrameworkDown() throws Exception {
    String output =
        run(System.getenv("MESOS_NATIVE_JAVA_LIBRARY"), 0, Farewell.class.getName(), Cluster.get().master);
    String id = output.substring(output.indexOf("id=") + 3).trim().split("\\s")[0];
    for (int i = 0; i < 100; i++) {
      String frameworks = Cluster.get().ask("/frameworks");
      int completed = frameworks.indexOf("\"completed_frameworks\"");
      if (frameworks.indexOf(id, completed) > 0) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError(id + " is not among " + Cluster.get().ask("/frameworks"));
  }

  @Test
  public void aCallbackMayEndTheJvm() throws Exception {
    String output =
        run(System.getenv("MESOS_NATIVE_JAVA_LIBRARY"), 7, ExitInside.class.getName(), Cluster.get().master);
    assertTrue(output, output.contains("hook: DRIVER_STOPPED"));
  }

  @Test
  public void aRunningDriverDoesNotKeepTheJvmAlive() throws Exception {
    String output = run(System.getenv("MESOS_NATIVE_JAVA_LIBRARY"), 0);
    assertTrue(output, output.contains("DRIVER_RUNNING"));
  }
}
