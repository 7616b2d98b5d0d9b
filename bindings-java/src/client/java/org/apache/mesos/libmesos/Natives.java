package org.apache.mesos.libmesos;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.mesos.MesosNativeLibrary;

/** The native methods of the jar on the class path, and the names under which a JVM looks for them. */
final class Natives {
  private Natives() {}

  /** Every native method of the jar that holds {@link MesosNativeLibrary}; no class is initialised. */
  static List<Method> ofTheJar() throws Exception {
    File jar = new File(MesosNativeLibrary.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Method> found = new ArrayList<>();
    for (String name : classNames(jar)) {
      Class<?> type = Class.forName(name, false, Natives.class.getClassLoader());
      for (Method method : type.getDeclaredMethods()) {
        if (Modifier.isNative(method.getModifiers())) {
          found.add(method);
        }
      }
    }
    return found;
  }

  private static List<String> classNames(File jar) throws IOException {
    List<String> names = new ArrayList<>();
    try (JarFile file = new JarFile(jar)) {
      for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements();) {
        String name = entries.nextElement().getName();
        // The generated messages have no natives, and there are thousands of them.
        boolean ours = name.startsWith("org/apache/mesos/") && !name.startsWith("org/apache/mesos/protobuf/");
        if (ours && name.endsWith(".class") && !name.contains("Protos")) {
          names.add(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
        }
      }
    }
    return names;
  }

  /** What is wrong with a list of exported symbols, as this jar sees it; nothing if all its natives bind. */
  static List<String> complaints(List<Method> natives, Set<String> exported) {
    Map<String, Integer> sameName = new HashMap<>();
    for (Method method : natives) {
      sameName.merge(shortName(method), 1, Integer::sum);
    }
    List<String> complaints = new ArrayList<>();
    for (Method method : natives) {
      boolean isOverloaded = sameName.get(shortName(method)) > 1;
      if (isOverloaded && exported.contains(shortName(method))) {
        complaints.add(shortName(method) + " is exported but the method is overloaded");
      }
      if (!exported.contains(shortName(method)) && !exported.contains(longName(method))) {
        complaints.add(method + " has no native");
      }
    }
    return complaints;
  }

  static String shortName(Method method) {
    return "Java_" + mangled(method.getDeclaringClass().getName().replace('.', '/')) + "_" + mangled(method.getName());
  }

  static String longName(Method method) {
    StringBuilder arguments = new StringBuilder();
    for (Class<?> type : method.getParameterTypes()) {
      arguments.append(descriptor(type));
    }
    return shortName(method) + "__" + mangled(arguments.toString());
  }

  private static String descriptor(Class<?> type) {
    // The name of an array's class is its descriptor.
    String array = java.lang.reflect.Array.newInstance(type, 0).getClass().getName();
    return array.substring(1).replace('.', '/');
  }

  private static String mangled(String name) {
    StringBuilder text = new StringBuilder();
    for (char c : name.toCharArray()) {
      if (c == '/') {
        text.append('_');
      } else if (c == '_') {
        text.append("_1");
      } else if (c == ';') {
        text.append("_2");
      } else if (c == '[') {
        text.append("_3");
      } else if (c < 128 && Character.isLetterOrDigit(c)) {
        text.append(c);
      } else {
        text.append(String.format("_0%04x", (int) c));
      }
    }
    return text.toString();
  }
}
