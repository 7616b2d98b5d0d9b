//! Natives of classes that are not built yet: each throws `UnsupportedOperationException` and names its class.
//!
//! Compat: N4, N1, N2 (names only). Constructors are the first to call them, so nothing else is ever reached; finalisers
//! have nothing to free.

use std::ptr;

use jni::sys::{JNIEnv, jobject};

use crate::env::{Env, JavaResult};
use crate::native::{frame, plain_method};

/// Answers null, 0 or false, all of which are the same to the caller's registers.
type Nothing = *mut std::ffi::c_void;

fn refuse(env: Env, what: &str) -> JavaResult<Nothing> {
    let text = format!("{what} is not built yet in this libmesos");
    Err(env.throw(c"java/lang/UnsupportedOperationException", &text))
}

/// Natives that throw; further arguments stay where the caller put them.
macro_rules! refused {
    ($what:literal: $($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            pub extern "system" fn $name(raw: *mut JNIEnv, _this: jobject) -> Nothing {
                // SAFETY: the JVM passes the environment of this thread.
                unsafe { frame(raw, ptr::null_mut(), |env| refuse(env, $what)) }
            }
        )*
    };
}

/// Finalisers of objects that hold nothing.
macro_rules! nothing_to_free {
    ($($name:ident)*) => {
        $(
            plain_method!($name = |_: Env, _: jobject| Ok(()));
        )*
    };
}

refused! {
    "the replicated log (org.apache.mesos.Log)":
    Java_org_apache_mesos_Log_00024Reader_beginning
    Java_org_apache_mesos_Log_00024Reader_catchup
    Java_org_apache_mesos_Log_00024Reader_ending
    Java_org_apache_mesos_Log_00024Reader_initialize
    Java_org_apache_mesos_Log_00024Reader_read
    Java_org_apache_mesos_Log_00024Writer_append
    Java_org_apache_mesos_Log_00024Writer_initialize
    Java_org_apache_mesos_Log_00024Writer_truncate
    Java_org_apache_mesos_Log_initialize__ILjava_lang_String_2Ljava_lang_String_2JLjava_util_concurrent_TimeUnit_2Ljava_lang_String_2
    Java_org_apache_mesos_Log_initialize__ILjava_lang_String_2Ljava_lang_String_2JLjava_util_concurrent_TimeUnit_2Ljava_lang_String_2Ljava_lang_String_2_3B
    Java_org_apache_mesos_Log_initialize__ILjava_lang_String_2Ljava_util_Set_2
}

refused! {
    "persistent state (org.apache.mesos.state)":
    Java_org_apache_mesos_state_AbstractState_00024ExpungeFuture_cancel
    Java_org_apache_mesos_state_AbstractState_00024ExpungeFuture_get__
    Java_org_apache_mesos_state_AbstractState_00024ExpungeFuture_get__JLjava_util_concurrent_TimeUnit_2
    Java_org_apache_mesos_state_AbstractState_00024ExpungeFuture_isCancelled
    Java_org_apache_mesos_state_AbstractState_00024ExpungeFuture_isDone
    Java_org_apache_mesos_state_AbstractState_00024FetchFuture_cancel
    Java_org_apache_mesos_state_AbstractState_00024FetchFuture_get__
    Java_org_apache_mesos_state_AbstractState_00024FetchFuture_get__JLjava_util_concurrent_TimeUnit_2
    Java_org_apache_mesos_state_AbstractState_00024FetchFuture_isCancelled
    Java_org_apache_mesos_state_AbstractState_00024FetchFuture_isDone
    Java_org_apache_mesos_state_AbstractState_00024NamesFuture_cancel
    Java_org_apache_mesos_state_AbstractState_00024NamesFuture_get__
    Java_org_apache_mesos_state_AbstractState_00024NamesFuture_get__JLjava_util_concurrent_TimeUnit_2
    Java_org_apache_mesos_state_AbstractState_00024NamesFuture_isCancelled
    Java_org_apache_mesos_state_AbstractState_00024NamesFuture_isDone
    Java_org_apache_mesos_state_AbstractState_00024StoreFuture_cancel
    Java_org_apache_mesos_state_AbstractState_00024StoreFuture_get__
    Java_org_apache_mesos_state_AbstractState_00024StoreFuture_get__JLjava_util_concurrent_TimeUnit_2
    Java_org_apache_mesos_state_AbstractState_00024StoreFuture_isCancelled
    Java_org_apache_mesos_state_AbstractState_00024StoreFuture_isDone
    Java_org_apache_mesos_state_AbstractState__1_1expunge
    Java_org_apache_mesos_state_AbstractState__1_1expunge_1cancel
    Java_org_apache_mesos_state_AbstractState__1_1expunge_1get
    Java_org_apache_mesos_state_AbstractState__1_1expunge_1get_1timeout
    Java_org_apache_mesos_state_AbstractState__1_1expunge_1is_1cancelled
    Java_org_apache_mesos_state_AbstractState__1_1expunge_1is_1done
    Java_org_apache_mesos_state_AbstractState__1_1fetch
    Java_org_apache_mesos_state_AbstractState__1_1fetch_1cancel
    Java_org_apache_mesos_state_AbstractState__1_1fetch_1get
    Java_org_apache_mesos_state_AbstractState__1_1fetch_1get_1timeout
    Java_org_apache_mesos_state_AbstractState__1_1fetch_1is_1cancelled
    Java_org_apache_mesos_state_AbstractState__1_1fetch_1is_1done
    Java_org_apache_mesos_state_AbstractState__1_1names
    Java_org_apache_mesos_state_AbstractState__1_1names_1cancel
    Java_org_apache_mesos_state_AbstractState__1_1names_1get
    Java_org_apache_mesos_state_AbstractState__1_1names_1get_1timeout
    Java_org_apache_mesos_state_AbstractState__1_1names_1is_1cancelled
    Java_org_apache_mesos_state_AbstractState__1_1names_1is_1done
    Java_org_apache_mesos_state_AbstractState__1_1store
    Java_org_apache_mesos_state_AbstractState__1_1store_1cancel
    Java_org_apache_mesos_state_AbstractState__1_1store_1get
    Java_org_apache_mesos_state_AbstractState__1_1store_1get_1timeout
    Java_org_apache_mesos_state_AbstractState__1_1store_1is_1cancelled
    Java_org_apache_mesos_state_AbstractState__1_1store_1is_1done
    Java_org_apache_mesos_state_LevelDBState_initialize
    Java_org_apache_mesos_state_LogState_initialize
    Java_org_apache_mesos_state_Variable_mutate
    Java_org_apache_mesos_state_Variable_value
    Java_org_apache_mesos_state_ZooKeeperState__1_1expunge
    Java_org_apache_mesos_state_ZooKeeperState__1_1expunge_1cancel
    Java_org_apache_mesos_state_ZooKeeperState__1_1expunge_1get
    Java_org_apache_mesos_state_ZooKeeperState__1_1expunge_1get_1timeout
    Java_org_apache_mesos_state_ZooKeeperState__1_1expunge_1is_1cancelled
    Java_org_apache_mesos_state_ZooKeeperState__1_1expunge_1is_1done
    Java_org_apache_mesos_state_ZooKeeperState__1_1fetch
    Java_org_apache_mesos_state_ZooKeeperState__1_1fetch_1cancel
    Java_org_apache_mesos_state_ZooKeeperState__1_1fetch_1get
    Java_org_apache_mesos_state_ZooKeeperState__1_1fetch_1get_1timeout
    Java_org_apache_mesos_state_ZooKeeperState__1_1fetch_1is_1cancelled
    Java_org_apache_mesos_state_ZooKeeperState__1_1fetch_1is_1done
    Java_org_apache_mesos_state_ZooKeeperState__1_1names
    Java_org_apache_mesos_state_ZooKeeperState__1_1names_1cancel
    Java_org_apache_mesos_state_ZooKeeperState__1_1names_1get
    Java_org_apache_mesos_state_ZooKeeperState__1_1names_1get_1timeout
    Java_org_apache_mesos_state_ZooKeeperState__1_1names_1is_1cancelled
    Java_org_apache_mesos_state_ZooKeeperState__1_1names_1is_1done
    Java_org_apache_mesos_state_ZooKeeperState__1_1store
    Java_org_apache_mesos_state_ZooKeeperState__1_1store_1cancel
    Java_org_apache_mesos_state_ZooKeeperState__1_1store_1get
    Java_org_apache_mesos_state_ZooKeeperState__1_1store_1get_1timeout
    Java_org_apache_mesos_state_ZooKeeperState__1_1store_1is_1cancelled
    Java_org_apache_mesos_state_ZooKeeperState__1_1store_1is_1done
    Java_org_apache_mesos_state_ZooKeeperState_initialize__Ljava_lang_String_2JLjava_util_concurrent_TimeUnit_2Ljava_lang_String_2
    Java_org_apache_mesos_state_ZooKeeperState_initialize__Ljava_lang_String_2JLjava_util_concurrent_TimeUnit_2Ljava_lang_String_2Ljava_lang_String_2_3B
}

nothing_to_free! {
    Java_org_apache_mesos_Log_00024Reader_finalize
    Java_org_apache_mesos_Log_00024Writer_finalize
    Java_org_apache_mesos_Log_finalize
    Java_org_apache_mesos_state_AbstractState_00024ExpungeFuture_finalize
    Java_org_apache_mesos_state_AbstractState_00024FetchFuture_finalize
    Java_org_apache_mesos_state_AbstractState_00024NamesFuture_finalize
    Java_org_apache_mesos_state_AbstractState_00024StoreFuture_finalize
    Java_org_apache_mesos_state_AbstractState__1_1expunge_1finalize
    Java_org_apache_mesos_state_AbstractState__1_1fetch_1finalize
    Java_org_apache_mesos_state_AbstractState__1_1names_1finalize
    Java_org_apache_mesos_state_AbstractState__1_1store_1finalize
    Java_org_apache_mesos_state_AbstractState_finalize
    Java_org_apache_mesos_state_LogState_finalize
    Java_org_apache_mesos_state_Variable_finalize
    Java_org_apache_mesos_state_ZooKeeperState__1_1expunge_1finalize
    Java_org_apache_mesos_state_ZooKeeperState__1_1fetch_1finalize
    Java_org_apache_mesos_state_ZooKeeperState__1_1names_1finalize
    Java_org_apache_mesos_state_ZooKeeperState__1_1store_1finalize
    Java_org_apache_mesos_state_ZooKeeperState_finalize
}
