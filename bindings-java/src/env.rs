//! A thin layer over the JNI function table: Rust types in, Rust types out, one `unsafe` per function of the table.
//!
//! Compat: P1, P5, P6, J2. Text crosses as UTF-16, so that every character survives.

use std::ffi::CStr;
use std::ptr;

use bytes::Bytes;
use jni::sys::{JNIEnv, jboolean, jfieldID, jlong, jmethodID, jobject, jvalue};

/// A Java exception is pending; the native method must return at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending;

pub(crate) type JavaResult<T> = Result<T, Pending>;

/// The JNI environment of the current thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Env(*mut JNIEnv);

/// Calls one function of the table.
macro_rules! jni {
    ($env:expr, $function:ident $(, $argument:expr)*) => {{
        let raw = $env.0;
        // SAFETY: `raw` is the environment of this thread, given by the JVM (see `Env::new`); the function has been in
        // the table since JNI 1.4; references and ids come from the same JVM and live as long as this call.
        unsafe { ((**raw).v1_4.$function)(raw $(, $argument)*) }
    }};
}

/// The object as an argument.
pub(crate) fn object(value: jobject) -> jvalue {
    jvalue { l: value }
}

/// What is the same in ASCII and in the JNI's own form of UTF-8.
fn plain(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii() && character != '\0';
    text.replace(|character| !is_plain(character), "?")
}

impl Env {
    /// # Safety
    /// `raw` must be the JNI environment of the current thread, and must not outlive the call it was given for.
    pub(crate) unsafe fn new(raw: *mut JNIEnv) -> Self {
        Self(raw)
    }

    pub(crate) fn is_exception_pending(self) -> bool {
        jni!(self, ExceptionCheck)
    }

    pub(crate) fn clear_exception(self) {
        jni!(self, ExceptionClear);
    }

    /// Prints the pending exception with its stack to stderr, and clears it.
    pub(crate) fn describe_exception(self) {
        jni!(self, ExceptionDescribe);
        jni!(self, ExceptionClear);
    }

    fn checked(self, value: jobject) -> JavaResult<jobject> {
        if self.is_exception_pending() || value.is_null() {
            Err(Pending)
        } else {
            Ok(value)
        }
    }

    /// Throws; if even the exception's class cannot be found, that failure is pending instead.
    pub(crate) fn throw(self, class: &CStr, message: &str) -> Pending {
        let Ok(class) = self.find_class(class) else {
            return Pending;
        };
        let made = self
            .new_string(message)
            .and_then(|text| self.new_object(class, c"(Ljava/lang/String;)V", &[object(text)]));
        if let Ok(exception) = made {
            jni!(self, Throw, exception);
        } else {
            self.clear_exception();
            let text = std::ffi::CString::new(plain(message)).unwrap_or_default();
            jni!(self, ThrowNew, class, text.as_ptr());
        }
        Pending
    }

    pub(crate) fn null_pointer(self, what: &str) -> Pending {
        self.throw(c"java/lang/NullPointerException", what)
    }

    pub(crate) fn find_class(self, name: &CStr) -> JavaResult<jobject> {
        self.checked(jni!(self, FindClass, name.as_ptr()))
    }

    pub(crate) fn class_of(self, value: jobject) -> jobject {
        jni!(self, GetObjectClass, value)
    }

    pub(crate) fn method(
        self,
        class: jobject,
        name: &CStr,
        signature: &CStr,
    ) -> JavaResult<jmethodID> {
        let method = jni!(self, GetMethodID, class, name.as_ptr(), signature.as_ptr());
        if method.is_null() {
            Err(Pending)
        } else {
            Ok(method)
        }
    }

    pub(crate) fn static_method(
        self,
        class: jobject,
        name: &CStr,
        signature: &CStr,
    ) -> JavaResult<jmethodID> {
        let method = jni!(
            self,
            GetStaticMethodID,
            class,
            name.as_ptr(),
            signature.as_ptr()
        );
        if method.is_null() {
            Err(Pending)
        } else {
            Ok(method)
        }
    }

    pub(crate) fn field(
        self,
        class: jobject,
        name: &CStr,
        signature: &CStr,
    ) -> JavaResult<jfieldID> {
        let field = jni!(self, GetFieldID, class, name.as_ptr(), signature.as_ptr());
        if field.is_null() {
            Err(Pending)
        } else {
            Ok(field)
        }
    }

    /// A field that old jars lack: `None` clears NoSuchFieldError and nothing else (F2).
    pub(crate) fn field_if_any(
        self,
        class: jobject,
        name: &CStr,
        signature: &CStr,
    ) -> JavaResult<Option<jfieldID>> {
        if let Ok(field) = self.field(class, name, signature) {
            return Ok(Some(field));
        }
        let thrown = jni!(self, ExceptionOccurred);
        self.clear_exception();
        let missing = self.find_class(c"java/lang/NoSuchFieldError")?;
        if jni!(self, IsInstanceOf, thrown, missing) {
            return Ok(None);
        }
        jni!(self, Throw, thrown);
        Err(Pending)
    }

    pub(crate) fn get_object(self, of: jobject, field: jfieldID) -> jobject {
        jni!(self, GetObjectField, of, field)
    }

    pub(crate) fn get_boolean(self, of: jobject, field: jfieldID) -> bool {
        jni!(self, GetBooleanField, of, field)
    }

    pub(crate) fn get_long(self, of: jobject, field: jfieldID) -> jlong {
        jni!(self, GetLongField, of, field)
    }

    pub(crate) fn set_long(self, of: jobject, field: jfieldID, value: jlong) {
        jni!(self, SetLongField, of, field, value);
    }

    pub(crate) fn set_static_boolean(
        self,
        class: jobject,
        name: &CStr,
        value: jboolean,
    ) -> JavaResult<()> {
        let field = jni!(self, GetStaticFieldID, class, name.as_ptr(), c"Z".as_ptr());
        if field.is_null() {
            return Err(Pending);
        }
        jni!(self, SetStaticBooleanField, class, field, value);
        Ok(())
    }

    /// May return null.
    pub(crate) fn call_object(
        self,
        on: jobject,
        method: jmethodID,
        arguments: &[jvalue],
    ) -> JavaResult<jobject> {
        let value = jni!(self, CallObjectMethodA, on, method, arguments.as_ptr());
        if self.is_exception_pending() {
            Err(Pending)
        } else {
            Ok(value)
        }
    }

    pub(crate) fn call_boolean(
        self,
        on: jobject,
        method: jmethodID,
        arguments: &[jvalue],
    ) -> JavaResult<bool> {
        let value = jni!(self, CallBooleanMethodA, on, method, arguments.as_ptr());
        if self.is_exception_pending() {
            Err(Pending)
        } else {
            Ok(value)
        }
    }

    pub(crate) fn call_void(
        self,
        on: jobject,
        method: jmethodID,
        arguments: &[jvalue],
    ) -> JavaResult<()> {
        jni!(self, CallVoidMethodA, on, method, arguments.as_ptr());
        if self.is_exception_pending() {
            Err(Pending)
        } else {
            Ok(())
        }
    }

    pub(crate) fn call_static(
        self,
        class: jobject,
        method: jmethodID,
        arguments: &[jvalue],
    ) -> JavaResult<jobject> {
        self.checked(jni!(
            self,
            CallStaticObjectMethodA,
            class,
            method,
            arguments.as_ptr()
        ))
    }

    pub(crate) fn new_object(
        self,
        class: jobject,
        signature: &CStr,
        arguments: &[jvalue],
    ) -> JavaResult<jobject> {
        let constructor = self.method(class, c"<init>", signature)?;
        self.new_with(class, constructor, arguments)
    }

    pub(crate) fn new_with(
        self,
        class: jobject,
        constructor: jmethodID,
        arguments: &[jvalue],
    ) -> JavaResult<jobject> {
        self.checked(jni!(
            self,
            NewObjectA,
            class,
            constructor,
            arguments.as_ptr()
        ))
    }

    pub(crate) fn new_bytes(self, bytes: &[u8]) -> JavaResult<jobject> {
        let Ok(length) = i32::try_from(bytes.len()) else {
            return Err(self.throw(
                c"java/lang/OutOfMemoryError",
                "the message does not fit into an array",
            ));
        };
        let array = self.checked(jni!(self, NewByteArray, length))?;
        jni!(
            self,
            SetByteArrayRegion,
            array,
            0,
            length,
            bytes.as_ptr().cast()
        );
        Ok(array)
    }

    /// So many zeros; memory that is not there is Java's OutOfMemoryError, not the end of the process.
    fn room<T: Clone + Default>(self, length: i32) -> JavaResult<Vec<T>> {
        let length = usize::try_from(length).unwrap_or(0);
        let mut content = Vec::new();
        if content.try_reserve_exact(length).is_err() {
            return Err(self.throw(
                c"java/lang/OutOfMemoryError",
                "there is no native memory for a copy of the argument",
            ));
        }
        content.resize(length, T::default());
        Ok(content)
    }

    /// The content of a `byte[]` that is not null.
    pub(crate) fn bytes(self, array: jobject) -> JavaResult<Bytes> {
        let length = jni!(self, GetArrayLength, array);
        let mut content = self.room::<u8>(length)?;
        jni!(
            self,
            GetByteArrayRegion,
            array,
            0,
            length,
            content.as_mut_ptr().cast()
        );
        Ok(content.into())
    }

    pub(crate) fn new_string(self, text: &str) -> JavaResult<jobject> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let length = i32::try_from(units.len()).unwrap_or(0);
        self.checked(jni!(self, NewString, units.as_ptr(), length))
    }

    /// The content of a `String` that is not null.
    pub(crate) fn string(self, value: jobject) -> JavaResult<String> {
        let length = jni!(self, GetStringLength, value);
        let mut units = self.room::<u16>(length)?;
        jni!(self, GetStringRegion, value, 0, length, units.as_mut_ptr());
        Ok(String::from_utf16_lossy(&units))
    }

    /// A message as it goes over the wire: its own `toByteArray()`.
    pub(crate) fn serialize(self, message: jobject) -> JavaResult<Bytes> {
        if message.is_null() {
            return Err(self.null_pointer("a message is null"));
        }
        let class = self.class_of(message);
        let method = self.method(class, c"toByteArray", c"()[B")?;
        let array = self.call_object(message, method, &[])?;
        if array.is_null() {
            return Err(self.null_pointer("toByteArray() returned null"));
        }
        let bytes = self.bytes(array)?;
        self.delete_local(array);
        self.delete_local(class);
        Ok(bytes)
    }

    /// The elements of an `Iterable`, through the interfaces, so that wrappers of any visibility work.
    pub(crate) fn each<T>(
        self,
        iterable: jobject,
        mut convert: impl FnMut(jobject) -> JavaResult<T>,
    ) -> JavaResult<Vec<T>> {
        if iterable.is_null() {
            return Err(self.null_pointer("a collection is null"));
        }
        let (iterable_class, iterator_class) = (
            self.find_class(c"java/lang/Iterable")?,
            self.find_class(c"java/util/Iterator")?,
        );
        let has_next = self.method(iterator_class, c"hasNext", c"()Z")?;
        let next = self.method(iterator_class, c"next", c"()Ljava/lang/Object;")?;
        let open = self.method(iterable_class, c"iterator", c"()Ljava/util/Iterator;")?;
        let iterator = self.call_object(iterable, open, &[])?;
        if iterator.is_null() {
            return Err(self.null_pointer("iterator() returned null"));
        }
        let mut found = Vec::new();
        while self.call_boolean(iterator, has_next, &[])? {
            let element = self.call_object(iterator, next, &[])?;
            found.push(convert(element)?);
            self.delete_local(element);
        }
        Ok(found)
    }

    pub(crate) fn messages(self, iterable: jobject) -> JavaResult<Vec<Bytes>> {
        self.each(iterable, |message| self.serialize(message))
    }

    pub(crate) fn strings(self, iterable: jobject) -> JavaResult<Vec<String>> {
        self.each(iterable, |value| {
            if value.is_null() {
                Err(self.null_pointer("a string is null"))
            } else {
                self.string(value)
            }
        })
    }

    pub(crate) fn push_frame(self, capacity: i32) -> JavaResult<()> {
        if jni!(self, PushLocalFrame, capacity) == 0 {
            Ok(())
        } else {
            Err(Pending)
        }
    }

    pub(crate) fn pop_frame(self) {
        jni!(self, PopLocalFrame, ptr::null_mut());
    }

    pub(crate) fn delete_local(self, reference: jobject) {
        jni!(self, DeleteLocalRef, reference);
    }

    /// Null if the object is gone.
    pub(crate) fn new_local(self, reference: jobject) -> jobject {
        jni!(self, NewLocalRef, reference)
    }

    pub(crate) fn new_global(self, reference: jobject) -> JavaResult<jobject> {
        self.checked(jni!(self, NewGlobalRef, reference))
    }

    pub(crate) fn delete_global(self, reference: jobject) {
        jni!(self, DeleteGlobalRef, reference);
    }

    pub(crate) fn new_weak(self, reference: jobject) -> JavaResult<jobject> {
        self.checked(jni!(self, NewWeakGlobalRef, reference))
    }

    pub(crate) fn delete_weak(self, reference: jobject) {
        jni!(self, DeleteWeakGlobalRef, reference);
    }
}
