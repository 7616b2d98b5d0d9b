//! Content types by file name extension.

/// The type of a file by its name, if its extension is known.
pub fn of(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "avi" => "video/x-msvideo",
        "bmp" => "image/bmp",
        "bz2" => "application/x-bzip",
        "css" => "text/css",
        "csv" => "text/csv",
        "eot" => "application/vnd.ms-fontobject",
        "gif" => "image/gif",
        "gz" | "tgz" => "application/x-gzip",
        "htm" | "html" => "text/html",
        "ico" => "image/x-icon",
        "jar" => "application/java-archive",
        "jpeg" | "jpg" => "image/jpeg",
        "js" => "application/javascript",
        "json" | "map" => "application/json",
        "log" | "txt" => "text/plain",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "tar" => "application/x-tar",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "xml" => "text/xml",
        "zip" => "application/zip",
        _ => return None,
    })
}
