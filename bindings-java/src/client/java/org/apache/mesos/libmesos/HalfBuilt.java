package org.apache.mesos.libmesos;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import org.apache.mesos.MesosNativeLibrary;

/**
 * Calls every native method of the jar on an object whose constructor never ran, with null and 0 for all arguments.
 *
 * <p>With {@code panics} the library must be one in which every native panics: each call must then throw
 * RuntimeException. Otherwise a call answers, or throws NullPointerException or UnsupportedOperationException.
 */
public final class HalfBuilt {
  private HalfBuilt() {}

  public static void main(String[] arguments) throws Exception {
    boolean panics = arguments.length > 0 && arguments[0].equals("panics");
    MesosNativeLibrary.load();
    List<Method> natives = Natives.ofTheJar();
    int wrong = 0;
    for (Method method : natives) {
      Throwable thrown = call(method);
      if (!(panics ? isPanic(thrown) : isOrderly(thrown))) {
        wrong++;
        System.out.println("WRONG " + method + ": " + thrown);
      }
    }
    System.out.println(natives.size() + " natives called, " + wrong + " wrong");
    System.exit(wrong == 0 && natives.size() > 20 ? 0 : 1);
  }

  private static boolean isOrderly(Throwable thrown) {
    return thrown == null
        || thrown instanceof NullPointerException
        || thrown instanceof UnsupportedOperationException;
  }

  private static boolean isPanic(Throwable thrown) {
    return thrown != null
        && thrown.getClass() == RuntimeException.class
        && "libmesos failed internally, see stderr".equals(thrown.getMessage());
  }

  /** What the call throws, or null. */
  private static Throwable call(Method method) throws Exception {
    method.setAccessible(true);
    Class<?>[] types = method.getParameterTypes();
    Object[] nothing = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      // An element of a fresh array is the type's null or 0.
      nothing[i] = Array.get(Array.newInstance(types[i], 1), 0);
    }
    try {
      method.invoke(instance(method), nothing);
      return null;
    } catch (InvocationTargetException thrown) {
      return thrown.getCause();
    }
  }

  private static Object instance(Method method) throws Exception {
    if (Modifier.isStatic(method.getModifiers())) {
      return null;
    }
    Class<?> type = method.getDeclaringClass();
    if (Modifier.isAbstract(type.getModifiers())) {
      type = Class.forName("org.apache.mesos.state.LevelDBState");
    }
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    Field field = unsafe.getDeclaredField("theUnsafe");
    field.setAccessible(true);
    return unsafe.getMethod("allocateInstance", Class.class).invoke(field.get(null), type);
  }
}
