package org.apache.mesos.libmesos;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.MesosNativeLibrary;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.junit.Test;

/** The Mesos classes in loaders that ask their parent last, as application servers and Flink have them. */
public class ClassLoaderTest {
  /** Defines everything but the platform's classes itself. */
  private static final class ParentLast extends URLClassLoader {
    ParentLast(URL[] urls) {
      super(urls, ParentLast.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        if (known != null) {
          return known;
        }
        try {
          return findClass(name);
        } catch (ClassNotFoundException platform) {
          return super.loadClass(name, resolve);
        }
      }
    }
  }

  /** Runs inside a loader; prints whether a callback got classes of that loader. */
  public static final class Inside {
    public static void run(String library) throws Exception {
      MesosNativeLibrary.load(library);
      Framework framework = new Framework();
      MesosSchedulerDriver driver =
          new MesosSchedulerDriver(framework, Framework.info().build(), "127.0.0.1:1");
      driver.start();
      Offer offer = Offer.newBuilder()
          .setId(OfferID.newBuilder().setValue("none"))
          .setFrameworkId(FrameworkID.newBuilder().setValue("none"))
          .setSlaveId(SlaveID.newBuilder().setValue("none"))
          .setHostname("none")
          .build();
      Framework.launch(driver, offer, Framework.command("t", offer, "true"));
      TaskStatus status = framework.awaitStatus("t", TaskState.TASK_LOST);
      boolean isOwn = status.getClass().getClassLoader() == Inside.class.getClassLoader();
      System.out.println("own classes: " + isOwn + " in " + Inside.class.getClassLoader().getClass().getSimpleName());
      driver.stop();
      System.out.println("joined: " + driver.join());
    }
  }

  private static URL[] classPath() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      urls.add(Paths.get(entry).toUri().toURL());
    }
    return urls.toArray(new URL[0]);
  }

  /** Runs a class in a JVM of its own, which must end well; what it printed. */
  private static String run(Class<?> main, String... arguments) throws Exception {
    String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    ProcessBuilder builder = new ProcessBuilder(
        java, "-Xcheck:jni", "-cp", System.getProperty("java.class.path"), main.getName());
    builder.command().addAll(Arrays.asList(arguments));
    builder.environment().remove("LD_LIBRARY_PATH");
    Process process = builder.redirectErrorStream(true).start();
    try (Scanner output = new Scanner(process.getInputStream(), "UTF-8").useDelimiter("\\A")) {
      String text = output.hasNext() ? output.next() : "";
      assertTrue(text, process.waitFor(30, TimeUnit.SECONDS));
      assertEquals(text, 0, process.exitValue());
      assertTrue(text, !text.contains("in native method"));
      return text;
    }
  }

  /** Two loaders with a library each: a JVM lets only one loader have a file. */
  public static final class Main {
    public static void main(String[] libraries) throws Exception {
      for (String library : libraries) {
        Class<?> inside = new ParentLast(classPath()).loadClass(Inside.class.getName());
        inside.getMethod("run", String.class).invoke(null, library);
      }
    }
  }

  /** A loader that is forgotten takes its library with it, though that still has threads. */
  public static final class Forgetting {
    public static void main(String[] libraries) throws Exception {
      WeakReference<ClassLoader> loader = runAndForget(libraries[0]);
      for (int i = 0; i < 200 && loader.get() != null; i++) {
        System.gc();
        System.runFinalization();
        Thread.sleep(20);
      }
      // The library is closed after its loader is gone.
      for (int i = 0; i < 20; i++) {
        System.gc();
        Thread.sleep(20);
      }
      System.out.println("collected: " + (loader.get() == null));
    }

    private static WeakReference<ClassLoader> runAndForget(String library) throws Exception {
      ClassLoader loader = new ParentLast(classPath());
      loader.loadClass(Inside.class.getName()).getMethod("run", String.class).invoke(null, library);
      return new WeakReference<>(loader);
    }
  }

  @Test
  public void aCollectedLoaderLeavesTheJvmAlive() throws Exception {
    String text = run(Forgetting.class, System.getenv("MESOS_NATIVE_JAVA_LIBRARY"));
    assertTrue(text, text.contains("collected: true"));
  }

  @Test
  public void parentLastLoadersGetTheirOwnClasses() throws Exception {
    String library = System.getenv("MESOS_NATIVE_JAVA_LIBRARY");
    Path copy = Files.createTempFile("libmesos", ".so");
    try {
      Files.copy(Paths.get(library), copy, StandardCopyOption.REPLACE_EXISTING);
      String text = run(Main.class, library, copy.toString());
      assertEquals(text, 3, text.split("own classes: true in ParentLast", -1).length);
      assertEquals(text, 3, text.split("joined: DRIVER_STOPPED", -1).length);
    } finally {
      Files.delete(copy);
    }
  }
}
