package org.apache.mesos.libmesos;

import org.apache.mesos.Executor;
import org.apache.mesos.ExecutorDriver;
import org.apache.mesos.MesosExecutorDriver;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.SlaveInfo;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.libmesos.Puppet.Arguments;

/** The executor driver's side of the puppet. */
final class PuppetExecutor implements Puppet.Kind, Executor {
  private final Puppet puppet;
  private volatile MesosExecutorDriver driver;

  PuppetExecutor(Puppet puppet) {
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
        driver = new MesosExecutorDriver(this);
        return null;
      case "free":
        Puppet.free(driver);
        return null;
      case "start":
        return driver.start();
      case "stop":
        return driver.stop();
      case "abort":
        return driver.abort();
      case "update":
        return driver.sendStatusUpdate(from.message(1, TaskStatus::parseFrom));
      case "message":
        return driver.sendFrameworkMessage(from.bytes(1));
      default:
        throw new IllegalArgumentException("unknown request " + words[0]);
    }
  }

  @Override
  public void registered(ExecutorDriver ignored, ExecutorInfo executor, FrameworkInfo framework, SlaveInfo agent) {
    puppet.tell("registered", executor, framework, agent);
  }

  @Override
  public void reregistered(ExecutorDriver ignored, SlaveInfo agent) {
    puppet.tell("reregistered", agent);
  }

  @Override
  public void disconnected(ExecutorDriver ignored) {
    puppet.tell("disconnected");
  }

  @Override
  public void launchTask(ExecutorDriver ignored, TaskInfo task) {
    puppet.tell("launch", task);
  }

  @Override
  public void killTask(ExecutorDriver ignored, TaskID task) {
    puppet.tell("kill", task);
  }

  @Override
  public void frameworkMessage(ExecutorDriver ignored, byte[] data) {
    puppet.tell("message", data);
  }

  @Override
  public void shutdown(ExecutorDriver ignored) {
    puppet.tell("shutdown");
  }

  @Override
  public void error(ExecutorDriver ignored, String message) {
    puppet.tell("error", message);
  }
}
