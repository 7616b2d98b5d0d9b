package org.apache.mesos.libmesos;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.AbstractCollection;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.Filters;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;
import org.junit.Test;

/** What must never take the JVM down; none of it needs a master. */
public class NativeEdgesTest {
  /** Nothing listens there: what is launched is lost at once. */
  private static final String NOWHERE = "127.0.0.1:1";
  private static final Collection<OfferID> OFFER =
      Collections.singletonList(OfferID.newBuilder().setValue("none").build());

  private final Framework framework = new Framework();

  private static MesosSchedulerDriver driver(Framework framework) {
    return new MesosSchedulerDriver(framework, Framework.info().build(), NOWHERE);
  }

  private static MesosSchedulerDriver started(Framework framework) {
    MesosSchedulerDriver driver = driver(framework);
    assertEquals(Status.DRIVER_RUNNING, driver.start());
    return driver;
  }

  private static TaskInfo task(String id) {
    return TaskInfo.newBuilder()
        .setName("t")
        .setTaskId(TaskID.newBuilder().setValue(id))
        .setSlaveId(SlaveID.newBuilder().setValue("none"))
        .build();
  }

  private static void lose(SchedulerDriver driver, String... ids) {
    TaskInfo[] tasks = Arrays.stream(ids).map(NativeEdgesTest::task).toArray(TaskInfo[]::new);
    driver.launchTasks(OFFER, Arrays.asList(tasks), Filters.getDefaultInstance());
  }

  private static void finalizeNow(Object driver) throws ReflectiveOperationException {
    Method finalize = MesosSchedulerDriver.class.getDeclaredMethod("finalize");
    finalize.setAccessible(true);
    finalize.invoke(driver);
  }

  @Test
  public void aDriverFinalisedTwiceIsFreedOnceAndAnswersNotStarted() throws Exception {
    MesosSchedulerDriver driver = started(framework);
    finalizeNow(driver);
    finalizeNow(driver);
    assertEquals(Status.DRIVER_NOT_STARTED, driver.join());
    assertEquals(Status.DRIVER_NOT_STARTED, driver.start());
    assertEquals(Status.DRIVER_NOT_STARTED, driver.killTask(task("t").getTaskId()));
  }

  @Test
  public void manyThreadsMayFinaliseOneDriverWhileOthersCallIt() throws Exception {
    for (int round = 0; round < 50; round++) {
      MesosSchedulerDriver driver = started(framework);
      Thread[] threads = new Thread[4];
      for (int i = 0; i < threads.length; i++) {
        boolean isKiller = i % 2 == 0;
        threads[i] = new Thread(() -> {
          try {
            if (isKiller) {
              finalizeNow(driver);
            }
            lose(driver, "a", "b", "c");
            driver.reviveOffers();
          } catch (ReflectiveOperationException e) {
            framework.note("error", e);
          }
        });
      }
      for (Thread thread : threads) {
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(Status.DRIVER_NOT_STARTED, driver.join());
    }
    assertEquals(Collections.emptyList(), framework.all("error"));
  }

  @Test
  public void aCallbackMayFinaliseItsOwnDriver() throws Exception {
    CountDownLatch finalised = new CountDownLatch(1);
    Framework ending = new Framework() {
      @Override
      public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
        super.statusUpdate(driver, status);
        try {
          finalizeNow(driver);
          note("after", driver.join());
        } catch (ReflectiveOperationException e) {
          note("error", e);
        }
        finalised.countDown();
      }
    };
    MesosSchedulerDriver driver = started(ending);
    lose(driver, "first", "second");
    assertTrue(finalised.await(20, TimeUnit.SECONDS));
    assertEquals(Status.DRIVER_NOT_STARTED, ending.all("after").get(0).what);
    assertEquals(Collections.emptyList(), ending.all("error"));
    assertEquals("nothing comes after the end", 1, ending.all("statusUpdate").size());
  }

  @Test
  public void nativesOfAHalfBuiltObjectAnswerNotStarted() throws Exception {
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    Field field = unsafe.getDeclaredField("theUnsafe");
    field.setAccessible(true);
    MesosSchedulerDriver half = (MesosSchedulerDriver)
        unsafe.getMethod("allocateInstance", Class.class).invoke(field.get(null), MesosSchedulerDriver.class);
    assertEquals(Status.DRIVER_NOT_STARTED, half.start());
    assertEquals(Status.DRIVER_NOT_STARTED, half.join());
    assertEquals(Status.DRIVER_NOT_STARTED, half.stop());
    finalizeNow(half);
  }

  @Test
  public void everyCallRefusesNull() throws Exception {
    MesosSchedulerDriver driver = started(framework);
    int refused = 0;
    for (Method method : MesosSchedulerDriver.class.getMethods()) {
      boolean isCall = method.getDeclaringClass() == MesosSchedulerDriver.class
          && Arrays.stream(method.getParameterTypes()).anyMatch(type -> !type.isPrimitive());
      if (!isCall) {
        continue;
      }
      try {
        method.invoke(driver, new Object[method.getParameterTypes().length]);
        fail(method + " took null");
      } catch (InvocationTargetException thrown) {
        assertEquals(method.toString(), NullPointerException.class, thrown.getCause().getClass());
        refused++;
      }
    }
    assertTrue("few calls take objects", refused >= 8);
    assertEquals(Status.DRIVER_STOPPED, driver.stop());
  }

  /** The errors that a JVM throws itself are no reason to die either. */
  @Test
  public void aCallbackThatThrowsAnErrorAbortsTheDriverOnly() throws Exception {
    Error[] errors = {new OutOfMemoryError("expected in this test"), new AssertionError("expected, too"), null};
    for (Error error : errors) {
      Framework throwing = new Framework() {
        @Override
        public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
          if (error == null) {
            overflow(0);
          }
          throw error;
        }

        private int overflow(int depth) {
          return overflow(depth + 1) + overflow(depth + 2);
        }
      };
      MesosSchedulerDriver driver = started(throwing);
      lose(driver, "t");
      assertEquals(Status.DRIVER_ABORTED, driver.join());
      assertEquals(0, throwing.all("error").size());
    }
  }

  @Test
  public void anExceptionOfACollectionComesBackToItsCaller() throws Exception {
    MesosSchedulerDriver driver = started(framework);
    IllegalStateException expected = new IllegalStateException("expected in this test");
    Collection<TaskInfo> bad = new AbstractCollection<TaskInfo>() {
      private int given;

      @Override
      public Iterator<TaskInfo> iterator() {
        return new Iterator<TaskInfo>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public TaskInfo next() {
            if (++given == 100) {
              throw expected;
            }
            return task("t");
          }
        };
      }

      @Override
      public int size() {
        return 1;
      }
    };
    try {
      driver.launchTasks(OFFER, bad, Filters.getDefaultInstance());
      fail("the exception was lost");
    } catch (IllegalStateException thrown) {
      assertSame(expected, thrown);
    }
    lose(driver, "after");
    framework.awaitStatus("after", TaskState.TASK_LOST);
    driver.stop();
  }

  @Test
  public void subclassesOfTheDriverHaveItsFields() throws Exception {
    MesosSchedulerDriver driver =
        new MesosSchedulerDriver(framework, Framework.info().build(), NOWHERE) {};
    driver.start();
    lose(driver, "t");
    framework.awaitStatus("t", TaskState.TASK_LOST);
    assertEquals(Status.DRIVER_STOPPED, driver.stop());
  }

  @Test
  public void textSurvivesWithZerosAndRareCharacters() throws Exception {
    String odd = "\u0000 \uD83D\uDE00 \u00e9 \uD800 end";
    assertEquals(Status.DRIVER_ABORTED, new MesosSchedulerDriver(framework, Framework.info().build(), odd).run());
    String heard = (String) framework.all("error").get(0).what;
    // A lone surrogate is no character.
    assertTrue(heard, heard.contains("\u0000 \uD83D\uDE00 \u00e9 \uFFFD end"));

    Framework other = new Framework();
    MesosSchedulerDriver driver = started(other);
    String id = "t\u0000\uD83D\uDE00";
    lose(driver, id);
    assertNotNull(other.awaitStatus(id, TaskState.TASK_LOST));
    driver.stop();
  }

  @Test
  public void aHundredMegabytesGoInAndComeBack() throws Exception {
    int size = 100 << 20;
    ByteString big = ByteString.copyFrom(new byte[size]);
    MesosSchedulerDriver driver = started(framework);
    TaskInfo task = task("t").toBuilder()
        .setTaskId(TaskID.newBuilder().setValueBytes(big))
        .build();
    driver.launchTasks(OFFER, Collections.singletonList(task), Filters.getDefaultInstance());
    TaskStatus lost = (TaskStatus) framework.await("statusUpdate", any -> true).what;
    assertEquals(size, lost.getTaskId().getValueBytes().size());
    driver.stop();
  }

  /** A jar that does not know the state TASK_DROPPED cannot parse a status that has it. */
  @Test
  public void whatAnOldJarCannotParseIsNull() throws Exception {
    // FrameworkInfo.capabilities = {type: PARTITION_AWARE}, which not every jar can say.
    byte[] aware = {10 << 3 | 2, 2, 1 << 3, 5};
    FrameworkInfo info = merged(Framework.info(), aware);
    MesosSchedulerDriver driver = new MesosSchedulerDriver(framework, info, NOWHERE);
    driver.start();
    lose(driver, "t", "u");
    framework.await("statusUpdate", any -> true);
    for (Framework.Heard heard : framework.all("statusUpdate")) {
      if (Arrays.stream(TaskState.values()).anyMatch(state -> state.name().equals("TASK_DROPPED"))) {
        assertEquals("TASK_DROPPED", ((TaskStatus) heard.what).getState().name());
      } else {
        assertNull(heard.what);
      }
    }
    assertEquals(Status.DRIVER_RUNNING, driver.reviveOffers());
    driver.stop();
  }

  private static FrameworkInfo merged(FrameworkInfo.Builder info, byte[] more) throws InvalidProtocolBufferException {
    return info.mergeFrom(more).buildPartial();
  }
}
