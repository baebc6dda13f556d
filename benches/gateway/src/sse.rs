//! The response in an event stream that has ended.

use crate::question::Answer;

/// The data of the first event that is a response: not a request, a notification or empty. Data
/// over several lines is joined as the HTML standard says.
pub(crate) fn response(stream: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    let lines = stream.split(|byte| *byte == b'\n');
    for line in lines.chain([&b""[..]]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(part) = line.strip_prefix(b"data:") {
            if !data.is_empty() {
                data.push(b'\n');
            }
            data.extend_from_slice(part.strip_prefix(b" ").unwrap_or(part));
        } else if line.is_empty() {
            if Answer::parse(&data).is_ok_and(|message| message.is_response()) {
                return Some(data);
            }
            data.clear();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::response;

    #[test]
    fn the_response_is_found_among_other_events() {
        let stream = b": hello\n\nid: 1\ndata:\n\nevent: message\ndata: {\"method\":\"notifications/x\"}\n\n\
            event: message\r\ndata: {\"id\":1,\r\ndata: \"result\":{}}\r\n\r\ndata: {\"id\":2}\n\n";
        assert_eq!(response(stream).unwrap(), b"{\"id\":1,\n\"result\":{}}");
    }

    #[test]
    fn a_stream_without_a_response_has_none() {
        assert_eq!(response(b"data: {\"id\":1,\"method\":\"ping\"}\n\n"), None);
        assert_eq!(response(b""), None);
    }
}
