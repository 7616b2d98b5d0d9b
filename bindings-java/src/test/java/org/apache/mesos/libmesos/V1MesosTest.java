package org.apache.mesos.libmesos;

import static org.apache.mesos.libmesos.V1Framework.command;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.v1.Protos.ExecutorInfo;
import org.apache.mesos.v1.Protos.Offer;
import org.apache.mesos.v1.Protos.TaskInfo;
import org.apache.mesos.v1.Protos.TaskState;
import org.apache.mesos.v1.scheduler.Mesos;
import org.apache.mesos.v1.scheduler.Protos.Call;
import org.apache.mesos.v1.scheduler.Protos.Event;
import org.apache.mesos.v1.scheduler.V0Mesos;
import org.apache.mesos.v1.scheduler.V1Mesos;
import org.junit.After;
import org.junit.Test;

/** The v1 scheduler interface on a real master and agent, over HTTP and over the driver. */
public class V1MesosTest {
  private static final int TASKS = 5;

  private V1Framework framework = new V1Framework();
  private Mesos mesos;

  private void overHttp() throws Exception {
    mesos = new V1Mesos(framework, Cluster.get().master);
  }

  private void overTheDriver() throws Exception {
    mesos = new V0Mesos(framework, V1Framework.info().build(), Cluster.get().master);
  }

  private void teardown() {
    mesos.send(framework.call(Call.Type.TEARDOWN).build());
  }

  /** What the garbage collector would do later. */
  private static void end(Mesos mesos) throws Exception {
    Method finalize = mesos.getClass().getDeclaredMethod("finalize");
    finalize.setAccessible(true);
    finalize.invoke(mesos);
  }

  @After
  public void end() throws Exception {
    if (mesos != null) {
      if (framework.id != null) {
        teardown();
      }
      end(mesos);
      end(mesos);
    }
  }

  private void fiveTasksFinish() throws Exception {
    Offer offer = framework.awaitOffer();
    List<TaskInfo> tasks = new ArrayList<>();
    for (int task = 0; task < TASKS; task++) {
      tasks.add(command("t" + task, offer, "exit 0"));
    }
    framework.launch(mesos, offer, tasks);
    for (int task = 0; task < TASKS; task++) {
      framework.awaitStatus("t" + task, TaskState.TASK_FINISHED);
    }
    List<V1Framework.Heard> heard = framework.all();
    assertEquals("connected", heard.get(0).what);
    assertEquals("SUBSCRIBED", heard.get(1).what);
    assertEquals("HEARTBEAT", heard.get(2).what);
    assertEquals(15.0, heard.get(1).event.getSubscribed().getHeartbeatIntervalSeconds(), 0);
    for (V1Framework.Heard one : heard) {
      assertTrue("callbacks come on a thread of the library's", one.thread.isDaemon());
      assertEquals("one after the other", heard.get(0).thread, one.thread);
      assertNull(one.thread.getContextClassLoader());
    }
  }

  @Test
  public void fiveTasksFinishOverHttp() throws Exception {
    overHttp();
    fiveTasksFinish();
  }

  @Test
  public void fiveTasksFinishOverTheDriver() throws Exception {
    overTheDriver();
    fiveTasksFinish();
  }

  private void awaitRemoved() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    String id = framework.id.getValue();
    while (!completed(Cluster.get().ask("/state"), id)) {
      assertTrue("the framework is still there", System.nanoTime() < deadline);
      Thread.sleep(20);
    }
  }

  private static boolean completed(String state, String id) {
    int from = state.indexOf("\"completed_frameworks\"");
    return from >= 0 && state.indexOf("\"" + id + "\"", from) >= 0;
  }

  @Test
  public void teardownInsideACallbackReturnsWhenTheMasterHasIt() throws Exception {
    framework = new V1Framework() {
      @Override
      public void received(Mesos mesos, Event event) {
        super.received(mesos, event);
        if (event.getType() == Event.Type.OFFERS) {
          mesos.send(call(Call.Type.TEARDOWN).build());
          note("answered", null);
        }
      }
    };
    overHttp();
    framework.await("answered");
    awaitRemoved();
    framework.id = null;
  }

  @Test
  public void teardownStopsTheDriver() throws Exception {
    overTheDriver();
    framework.await("SUBSCRIBED");
    teardown();
    awaitRemoved();
  }

  @Test
  public void reconnectMakesANewConnectionAndTheFrameworkComesBack() throws Exception {
    framework.failoverTimeout = 60;
    overHttp();
    framework.await("SUBSCRIBED");
    Object id = framework.id;
    framework.forget("connected");
    framework.forget("SUBSCRIBED");
    mesos.reconnect();
    framework.await("disconnected");
    framework.await("connected");
    framework.await("SUBSCRIBED");
    assertEquals(id, framework.id);
  }

  @Test
  public void messagesGoBothWaysOverTheDriverWithEveryByte() throws Exception {
    overTheDriver();
    Offer offer = framework.awaitOffer();
    ExecutorInfo executor = ExecutorInfo.parseFrom(ExecutorDriverTest.executor().toByteArray());
    TaskInfo task = V1Framework.task("t", offer).setExecutor(executor).build();
    framework.launch(mesos, offer, Collections.singletonList(task));
    framework.awaitStatus("t", TaskState.TASK_RUNNING);
    mesos.send(framework.call(Call.Type.MESSAGE)
        .setMessage(Call.Message.newBuilder()
            .setAgentId(offer.getAgentId())
            .setExecutorId(executor.getExecutorId())
            .setData(V1Framework.bytes("a\0b")))
        .build());
    assertEquals("echo:a\0b", framework.await("MESSAGE").event.getMessage().getData().toStringUtf8());
    mesos.send(framework.call(Call.Type.KILL)
        .setKill(Call.Kill.newBuilder().setTaskId(task.getTaskId())).build());
    framework.awaitStatus("t", TaskState.TASK_KILLED);
  }

  @Test
  public void aRefusedCallIsAnErrorEvent() throws Exception {
    overHttp();
    framework.await("SUBSCRIBED");
    mesos.send(framework.call(Call.Type.REVIVE)
        .setFrameworkId(org.apache.mesos.v1.Protos.FrameworkID.newBuilder().setValue("nobody")).build());
    assertEquals(
        "Received unexpected '400 Bad Request' (Framework cannot be found) for REVIVE",
        framework.await("ERROR").event.getError().getMessage());
  }

  private V1Framework throwing() {
    return new V1Framework() {
      @Override
      public void received(Mesos mesos, Event event) {
        super.received(mesos, event);
        throw new IllegalStateException("expected in this test");
      }
    };
  }

  /** The thread of a client's callbacks: after its end nothing is heard. */
  private static void awaitEndOf(Thread callbacks) throws Exception {
    callbacks.join(TimeUnit.SECONDS.toMillis(20));
    assertFalse("the thread of the callbacks is still there", callbacks.isAlive());
  }

  private void aThrowingCallbackIsTheLast() throws Exception {
    framework.await("disconnected");
    mesos.send(framework.call(Call.Type.REVIVE).build());
    awaitEndOf(framework.all().get(0).thread);
    List<V1Framework.Heard> heard = framework.all();
    assertEquals(heard.toString(), 3, heard.size());
  }

  @Test
  public void aThrowingCallbackEndsTheHttpClientAndNotTheJvm() throws Exception {
    framework = throwing();
    overHttp();
    aThrowingCallbackIsTheLast();
  }

  @Test
  public void aThrowingCallbackEndsTheDriverClientAndNotTheJvm() throws Exception {
    framework = throwing();
    overTheDriver();
    aThrowingCallbackIsTheLast();
  }

  @Test
  public void aClientThatEndsItselfHearsNoMoreOfWhatHasArrived() throws Exception {
    framework = new V1Framework() {
      @Override
      public void received(Mesos mesos, Event event) {
        super.received(mesos, event);
        Call.Builder refused = Call.newBuilder()
            .setFrameworkId(org.apache.mesos.v1.Protos.FrameworkID.newBuilder().setValue("nobody"));
        if (event.getType() == Event.Type.SUBSCRIBED) {
          for (int i = 0; i < 3; i++) {
            mesos.send(refused.setType(Call.Type.REVIVE).build());
          }
          // Returns with its answer, the last one: by then three errors wait for the end of this callback.
          mesos.send(refused.setType(Call.Type.TEARDOWN).build());
        } else if (event.getType() == Event.Type.ERROR) {
          try {
            end(mesos);
          } catch (Exception e) {
            note("failed", null);
          }
          note("ended", null);
        }
      }
    };
    overHttp();
    awaitEndOf(framework.await("ended").thread);
    List<V1Framework.Heard> heard = framework.all();
    assertEquals(heard.toString(), "ended", heard.get(heard.size() - 1).what);
    assertEquals(heard.toString(), 1, heard.stream().filter(one -> one.what.equals("ERROR")).count());
    assertEquals(heard.toString(), 0, heard.stream().filter(one -> one.what.equals("failed")).count());
    framework.id = null;
  }

  @Test
  public void theTextOfAnExceptionSurvives() {
    try {
      new V1Mesos(framework, "no \uD83D\uDE00 \u00e9 \u0000 master");
      fail("no exception");
    } catch (IllegalArgumentException expected) {
      assertTrue(expected.getMessage(), expected.getMessage().contains("no \uD83D\uDE00 \u00e9 \u0000 master"));
    }
  }

  @Test
  public void aMasterThatCannotBeParsedIsAnExceptionOverHttp() {
    try {
      new V1Mesos(framework, "nonsense");
      fail("no exception");
    } catch (IllegalArgumentException expected) {
      assertTrue(expected.getMessage(), expected.getMessage().contains("Failed to parse 'nonsense'"));
    }
  }

  @Test
  public void aMasterThatCannotBeParsedIsAnErrorEventOverTheDriver() throws Exception {
    mesos = new V0Mesos(framework, V1Framework.info().build(), "nonsense");
    String message = framework.await("ERROR").event.getError().getMessage();
    assertTrue(message, message.contains("Failed to parse 'nonsense'"));
    assertEquals("connected", framework.all().get(0).what);
  }

  /** Made, used and ended from different threads, while events arrive. */
  @Test
  public void manyClientsComeAndGo() throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<Throwable>());
    for (int number = 0; number < 4; number++) {
      boolean http = number % 2 == 0;
      Thread thread = new Thread(() -> {
        try {
          for (int round = 0; round < 10; round++) {
            V1Framework framework = new V1Framework();
            Mesos one = http
                ? new V1Mesos(framework, Cluster.get().master)
                : new V0Mesos(framework, V1Framework.info().build(), Cluster.get().master);
            // A driver that ends without a TEARDOWN leaves its framework to the master.
            framework.await(http && round % 3 == 0 ? "connected" : "SUBSCRIBED");
            if (framework.id != null) {
              one.send(framework.call(Call.Type.TEARDOWN).build());
            }
            end(one);
          }
        } catch (Throwable failure) {
          failures.add(failure);
        }
      });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(failures.toString(), 0, failures.size());
  }

  @Test
  public void anEndedClientIgnoresCallsAndANullIsAnException() throws Exception {
    overHttp();
    framework.await("SUBSCRIBED");
    Mesos ended = mesos;
    end(ended);
    ended.send(framework.call(Call.Type.TEARDOWN).build());
    ended.reconnect();
    try {
      ended.send(null);
      fail("no exception");
    } catch (NullPointerException expected) {
      assertFalse(expected.getMessage().isEmpty());
    }
  }
}
