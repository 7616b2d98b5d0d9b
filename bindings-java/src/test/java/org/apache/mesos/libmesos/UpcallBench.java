package org.apache.mesos.libmesos;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.SchedulerDriver;

/**
 * What one callback with a message of 1 kB costs, and how much of that is Java's own parsing.
 *
 * <p>Tasks launched while there is no master are lost at once, so the callbacks come as fast as the library can make
 * them, without a network in between.
 */
public final class UpcallBench {
  private static final int CALLBACKS = 20_000;
  private static final int ROUNDS = 8;

  private static long first;
  private static long last;
  private static int seen;
  private static byte[] message;
  private static CountDownLatch done;

  private UpcallBench() {}

  public static void main(String[] arguments) throws Exception {
    MesosSchedulerDriver driver = new MesosSchedulerDriver(new Framework() {
      @Override
      public void statusUpdate(SchedulerDriver ignored, TaskStatus status) {
        if (seen++ == 0) {
          first = System.nanoTime();
          message = status.toByteArray();
        }
        if (seen == CALLBACKS) {
          last = System.nanoTime();
          done.countDown();
        }
      }
    }, Framework.info().build(), "127.0.0.1:1");
    driver.start();
    Offer offer = Offer.newBuilder()
        .setId(OfferID.newBuilder().setValue("none"))
        .setFrameworkId(FrameworkID.newBuilder().setValue("none"))
        .setSlaveId(SlaveID.newBuilder().setValue("none"))
        .setHostname("none")
        .build();
    String longId = String.join("", Collections.nCopies(96, "0123456789"));
    List<TaskInfo> tasks = new ArrayList<>(Collections.nCopies(CALLBACKS, Framework.command(longId, offer, "true")));
    double callback = Double.MAX_VALUE;
    double parse = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      seen = 0;
      done = new CountDownLatch(1);
      driver.launchTasks(Collections.singletonList(offer.getId()), tasks, Framework.refuse(0));
      done.await();
      callback = Math.min(callback, (double) (last - first) / (CALLBACKS - 1));
      parse = Math.min(parse, parsing());
    }
    driver.stop(true);
    System.out.printf(
        "callback with a message of %d bytes: %.2f us, of which Java parses %.2f us, native part %.2f us%n",
        message.length, callback / 1000, parse / 1000, (callback - parse) / 1000);
  }

  private static double parsing() throws InvalidProtocolBufferException {
    long begin = System.nanoTime();
    int fields = 0;
    for (int i = 0; i < CALLBACKS; i++) {
      fields += TaskStatus.parseFrom(message).getState().getNumber();
    }
    long end = System.nanoTime();
    if (fields < 0) {
      throw new AssertionError("keeps the loop alive");
    }
    return (double) (end - begin) / CALLBACKS;
  }
}
