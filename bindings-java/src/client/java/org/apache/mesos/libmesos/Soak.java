package org.apache.mesos.libmesos;

import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.Status;

/**
 * Many drivers in one JVM: created, started, stopped, aborted, thrown out of, finalised by other threads and by the
 * collector while events arrive. In between everybody rests, and what the process then occupies is printed.
 *
 * <p>Usage: {@code Soak MASTER SECONDS}. Standard output has lines that begin with {@code soak}, and no others.
 */
public final class Soak {
  static final int WORKERS = 4;
  private static final int RESTS = 12;
  private static final int REST_SECONDS = 60;
  /** A debug build under {@code -Xcheck:jni} on a busy machine makes some 13,000, on a quiet one 85,000. */
  private static final long DRIVERS_PER_MINUTE = 2000;

  final String master;
  final AtomicInteger drivers = new AtomicInteger();
  final AtomicInteger registrations = new AtomicInteger();
  final AtomicInteger events = new AtomicInteger();
  final AtomicInteger surprises = new AtomicInteger();
  /** Drivers that threads other than their own finalise. */
  final BlockingQueue<Object> doomed = new LinkedBlockingQueue<>(64);
  /** Frameworks that nobody tore down; the master would go on offering to them. */
  final ConcurrentLinkedQueue<String> orphans = new ConcurrentLinkedQueue<>();
  private final CyclicBarrier rest = new CyclicBarrier(WORKERS + 1);
  private volatile boolean isResting;
  private volatile boolean isOver;

  private Soak(String master) {
    this.master = master;
  }

  public static void main(String[] arguments) throws Exception {
    System.exit(new Soak(arguments[0]).run(Long.parseLong(arguments[1])) ? 0 : 1);
  }

  private boolean run(long seconds) throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      long seed = i;
      threads.add(new Thread(() -> work(new SoakWorker(this, seed)), "worker " + i));
    }
    for (int i = 0; i < 2; i++) {
      Thread reaper = new Thread(this::reap, "reaper " + i);
      reaper.setDaemon(true);
      reaper.start();
    }
    threads.forEach(Thread::start);
    SoakSample.header();
    List<SoakSample> samples = new ArrayList<>();
    for (int i = 1; i <= RESTS; i++) {
      Thread.sleep(TimeUnit.SECONDS.toMillis(seconds) / RESTS);
      isResting = true;
      rest.await(REST_SECONDS, TimeUnit.SECONDS);
      settle();
      samples.add(SoakSample.take(drivers.get()));
      isOver = i == RESTS;
      isResting = false;
      rest.await(REST_SECONDS, TimeUnit.SECONDS);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.printf("soak %d drivers, %d registrations, %d events, %d surprises%n",
        drivers.get(), registrations.get(), events.get(), surprises.get());
    boolean isFlat = SoakSample.areFlat(samples);
    boolean isBusy = 60L * drivers.get() >= DRIVERS_PER_MINUTE * seconds
        && registrations.get() > seconds
        && events.get() > 10 * seconds;
    if (!isBusy) {
      System.out.println("soak there was too little to do");
    }
    return isFlat && isBusy && surprises.get() == 0;
  }

  private void work(SoakWorker worker) {
    while (!isOver) {
      try {
        worker.oneDriver(drivers.incrementAndGet());
        if (isResting) {
          rest.await();
          rest.await();
        }
      } catch (Exception e) {
        surprise("a worker got " + e);
      }
    }
  }

  void surprise(String what) {
    surprises.incrementAndGet();
    System.out.println("soak surprise: " + what);
  }

  /** Finalises drivers of others, some of them twice. */
  private void reap() {
    while (true) {
      try {
        Object driver = doomed.take();
        Puppet.free(driver);
        if (driver.hashCode() % 2 == 0) {
          Puppet.free(driver);
        }
        if (driver instanceof MesosSchedulerDriver) {
          expectEnded((MesosSchedulerDriver) driver);
        }
      } catch (Exception e) {
        surprise("a reaper got " + e);
      }
    }
  }

  private void expectEnded(MesosSchedulerDriver driver) {
    if (driver.join() != Status.DRIVER_NOT_STARTED) {
      surprise("a finalised driver is " + driver.join());
    }
  }

  /** Without a stack, as thousands of them are printed. */
  static final class Expected extends Error {
    private static final long serialVersionUID = 1;

    Expected() {
      super("expected", null, false, false);
    }
  }

  /** Waits until nothing is left of the drivers so far. */
  private void settle() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(REST_SECONDS);
    tearDownOrphans();
    do {
      System.gc();
      System.runFinalization();
      Thread.sleep(100);
    } while ((!doomed.isEmpty() || SoakSample.driverThreads() > 0) && System.nanoTime() < deadline);
    if (SoakSample.driverThreads() > 0) {
      surprise(SoakSample.driverThreads() + " threads of drivers are left");
    }
    tearDownOrphans();
  }

  private void tearDownOrphans() throws Exception {
    for (String id = orphans.poll(); id != null; id = orphans.poll()) {
      HttpURLConnection connection =
          (HttpURLConnection) new URL("http://" + master + "/master/teardown").openConnection();
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(("frameworkId=" + id).getBytes(StandardCharsets.UTF_8));
      }
      // A framework that has gone by itself is a bad request.
      connection.getResponseCode();
      connection.disconnect();
    }
  }
}
