package org.apache.mesos.libmesos;

import java.util.List;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.Credential;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.Filters;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.Request;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.Scheduler;
import org.apache.mesos.SchedulerDriver;
import org.apache.mesos.libmesos.Puppet.Arguments;
import org.apache.mesos.scheduler.Protos.OfferConstraints;

/** The scheduler driver's side of the puppet. */
final class PuppetScheduler implements Puppet.Kind, Scheduler {
  private final Puppet puppet;
  private volatile MesosSchedulerDriver driver;

  PuppetScheduler(Puppet puppet) {
    this.puppet = puppet;
  }

  @Override
  public Status join() {
    return driver.join();
  }

  @Override
  public Status call(String[] words) throws Exception {
    Arguments from = new Arguments(words);
    switch (words[0]) {
      case "new":
        driver = create(from);
        return null;
      case "free":
        Puppet.free(driver);
        return null;
      case "start":
        return driver.start();
      case "stop":
        return driver.stop(from.isTrue(1));
      case "abort":
        return driver.abort();
      case "request":
        return driver.requestResources(from.messages(1, Request::parseFrom));
      case "launch":
        return driver.launchTasks(
            from.messages(1, OfferID::parseFrom),
            from.messages(2, TaskInfo::parseFrom),
            from.message(3, Filters::parseFrom));
      case "accept":
        return driver.acceptOffers(
            from.messages(1, OfferID::parseFrom),
            from.messages(2, Offer.Operation::parseFrom),
            from.message(3, Filters::parseFrom));
      case "decline":
        return driver.declineOffer(from.message(1, OfferID::parseFrom), from.message(2, Filters::parseFrom));
      default:
        return simpleCall(words[0], from);
    }
  }

  private Status simpleCall(String name, Arguments from) throws Exception {
    switch (name) {
      case "revive":
        return driver.reviveOffers();
      case "revive_roles":
        return driver.reviveOffers(from.texts(1));
      case "suppress":
        return driver.suppressOffers();
      case "suppress_roles":
        return driver.suppressOffers(from.texts(1));
      case "acknowledge":
        return driver.acknowledgeStatusUpdate(from.message(1, TaskStatus::parseFrom));
      case "message":
        return driver.sendFrameworkMessage(
            from.message(1, ExecutorID::parseFrom), from.message(2, SlaveID::parseFrom), from.bytes(3));
      case "kill":
        return driver.killTask(from.message(1, TaskID::parseFrom));
      case "reconcile":
        return driver.reconcileTasks(from.messages(1, TaskStatus::parseFrom));
      case "update_framework":
        return driver.updateFramework(
            from.message(1, FrameworkInfo::parseFrom), from.texts(2), from.message(3, OfferConstraints::parseFrom));
      default:
        throw new IllegalArgumentException("unknown request " + name);
    }
  }

  private MesosSchedulerDriver create(Arguments from) throws Exception {
    FrameworkInfo framework = from.message(1, FrameworkInfo::parseFrom);
    List<String> roles = from.texts(5);
    if (from.has(3)) {
      Credential credential = from.message(3, Credential::parseFrom);
      return new MesosSchedulerDriver(this, framework, roles, from.text(2), from.isTrue(4), credential);
    }
    return new MesosSchedulerDriver(this, framework, roles, from.text(2), from.isTrue(4));
  }

  @Override
  public void registered(SchedulerDriver ignored, FrameworkID id, MasterInfo master) {
    puppet.tell("registered", id, master);
  }

  @Override
  public void reregistered(SchedulerDriver ignored, MasterInfo master) {
    puppet.tell("reregistered", master);
  }

  @Override
  public void disconnected(SchedulerDriver ignored) {
    puppet.tell("disconnected");
  }

  @Override
  public void resourceOffers(SchedulerDriver ignored, List<Offer> offers) {
    puppet.tell("offers", offers);
  }

  @Override
  public void offerRescinded(SchedulerDriver ignored, OfferID id) {
    puppet.tell("rescinded", id);
  }

  @Override
  public void statusUpdate(SchedulerDriver ignored, TaskStatus status) {
    puppet.tell("update", status);
  }

  @Override
  public void frameworkMessage(SchedulerDriver ignored, ExecutorID executor, SlaveID agent, byte[] data) {
    puppet.tell("message", executor, agent, data);
  }

  @Override
  public void slaveLost(SchedulerDriver ignored, SlaveID agent) {
    puppet.tell("slave_lost", agent);
  }

  @Override
  public void executorLost(SchedulerDriver ignored, ExecutorID executor, SlaveID agent, int status) {
    puppet.tell("executor_lost", executor, agent, status);
  }

  @Override
  public void error(SchedulerDriver ignored, String message) {
    puppet.tell("error", message);
  }
}
