use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Input, Output, StandardInput, StandardOutput};

/// Many times what a pipe holds.
fn long() -> Vec<u8> {
    (0..1_000_000_u32).flat_map(u32::to_ne_bytes).collect()
}

/// Both ends of a pipe of ours: what comes out of `input` is what the other end was given.
async fn reads_all(mut input: StandardInput, mut far: impl Write + Send + 'static) {
    let writing = std::thread::spawn(move || far.write_all(&long()).unwrap());
    let mut read = Vec::new();
    input.read_to_end(&mut read).await.unwrap();
    assert!(read == long());
    writing.join().unwrap();
}

async fn writes_all(mut output: StandardOutput, mut far: impl Read + Send + 'static) {
    let reading = std::thread::spawn(move || {
        let mut read = vec![0; long().len()];
        far.read_exact(&mut read).unwrap();
        read
    });
    output.write_all(&long()).await.unwrap();
    output.flush().await.unwrap();
    assert!(reading.join().unwrap() == long());
}

#[cfg(target_os = "linux")]
mod pipes {
    use rustix::fs::OFlags;

    use super::*;

    #[tokio::test]
    async fn a_pipe_is_read_without_a_thread_and_blocks_for_others_as_before() {
        let (near, far) = std::io::pipe().unwrap();
        let shared = near.try_clone().unwrap();
        let input = StandardInput::of(OwnedFd::from(near)).unwrap();
        assert!(matches!(input.0, Input::Pipe(_)));
        assert!(!rustix::fs::fcntl_getfl(&shared).unwrap().contains(OFlags::NONBLOCK));
        reads_all(input, far).await;
    }

    #[tokio::test]
    async fn a_pipe_is_written_without_a_thread_and_blocks_for_others_as_before() {
        let (far, near) = std::io::pipe().unwrap();
        let shared = near.try_clone().unwrap();
        let output = StandardOutput::of(OwnedFd::from(near)).unwrap();
        assert!(matches!(output.0, Output::Pipe(_)));
        assert!(!rustix::fs::fcntl_getfl(&shared).unwrap().contains(OFlags::NONBLOCK));
        writes_all(output, far).await;
    }

    #[tokio::test]
    async fn a_pipe_whose_writer_went_before_it_was_opened_ends() {
        for content in [&b""[..], b"last words"] {
            let (near, mut far) = std::io::pipe().unwrap();
            far.write_all(content).unwrap();
            drop(far);
            let mut input = StandardInput::of(OwnedFd::from(near)).unwrap();
            let mut read = Vec::new();
            input.read_to_end(&mut read).await.unwrap();
            assert_eq!(read, content);
        }
    }

    #[tokio::test]
    async fn a_pipe_without_a_reader_is_an_error() {
        let (far, near) = std::io::pipe().unwrap();
        drop(far);
        let mut output = StandardOutput::of(OwnedFd::from(near)).unwrap();
        output.write_all(b"x").await.ok();
        let error = output.flush().await.and(output.write_all(b"x").await).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn a_named_pipe_whose_writer_went_ends() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        let writing = std::thread::spawn({
            let path = path.clone();
            move || File::create(path).unwrap().write_all(b"last words").unwrap()
        });
        let near = File::open(&path).unwrap();
        writing.join().unwrap();
        let mut input = StandardInput::of(near.into()).unwrap();
        let mut read = Vec::new();
        input.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"last words");
    }
}

#[tokio::test]
async fn a_socket_is_read_and_written_without_a_thread() {
    let (near, far) = UnixStream::pair().unwrap();
    let input = StandardInput::of(near.try_clone().unwrap().into()).unwrap();
    let output = StandardOutput::of(near.into()).unwrap();
    assert!(matches!((&input.0, &output.0), (Input::Socket(_), Output::Socket(_))));
    writes_all(output, far.try_clone().unwrap()).await;
    reads_all(input, far).await;
}

#[tokio::test]
async fn a_file_is_read_and_written_by_a_thread() {
    let mut written = tempfile::tempfile().unwrap();
    let mut output = StandardOutput::of(written.try_clone().unwrap().into()).unwrap();
    assert!(matches!(output.0, Output::Thread(_)));
    output.write_all(&long()).await.unwrap();
    output.flush().await.unwrap();
    std::io::Seek::rewind(&mut written).unwrap();
    let mut input = StandardInput::of(written.into()).unwrap();
    assert!(matches!(input.0, Input::Thread(_)));
    let mut read = Vec::new();
    input.read_to_end(&mut read).await.unwrap();
    assert!(read == long());
}

#[tokio::test]
async fn a_failing_thread_says_so() {
    let mut output = StandardOutput::of(File::create("/dev/full").unwrap().into()).unwrap();
    output.write_all(b"x").await.unwrap();
    let error = output.flush().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let directory = File::open("/").unwrap();
    let mut input = StandardInput::of(directory.into()).unwrap();
    assert!(input.read_to_end(&mut Vec::new()).await.is_err());
    assert_eq!(input.read(&mut [0]).await.unwrap(), 0);
}
