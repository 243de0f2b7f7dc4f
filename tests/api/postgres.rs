//! A PostgreSQL cluster of our own, from the binaries of this machine: started once per test process, never as
//! root, and gone when the process ends, however it ends.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A running cluster. It stops, and its directory goes, when the supervisor's standard input closes: this process
/// holds the other end, which closes even when it is killed.
pub struct Cluster {
    directory: PathBuf,
    _supervisor: Child,
}

/// The arguments are the directory of the binaries and the cluster's own. Speed matters here and durability does
/// not: what this cluster holds is thrown away.
const SUPERVISOR: &str = r#"
bin=$1 dir=$2
cd "$dir" || exit 1
{
  "$bin/initdb" -D data -U postgres --auth=trust --no-sync --no-instructions -E UTF8 --locale=C.UTF-8 ||
    { rm -rf data && "$bin/initdb" -D data -U postgres --auth=trust --no-sync -E UTF8 --locale=C; }
  cat >>data/postgresql.conf <<SETTINGS
listen_addresses = ''
port = 5432
unix_socket_directories = '.'
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_wal_size = 256MB
shared_buffers = 64MB
SETTINGS
  "$bin/pg_ctl" -D data -l log -w -t 60 start
} >>log 2>&1 && echo ready || echo failed
read -r _
"$bin/pg_ctl" -D data -m immediate stop >>log 2>&1
rm -rf "$dir"
"#;

impl Cluster {
    /// Starts a cluster, or nothing where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start; the message holds its log.
    pub fn start() -> Option<Self> {
        let binaries = binaries()?;
        let directory = tempfile::Builder::new()
            .prefix("vun-postgres-")
            .tempdir_in(roomy_directory())
            .expect("a temporary directory")
            .keep();
        let mut supervisor = Command::new("/bin/sh");
        supervisor
            .args(["-c", SUPERVISOR, "vun-postgres"])
            .args([&binaries, &directory])
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Out of reach of Ctrl-C, which would end the shell before it has cleaned up.
            .process_group(0);
        if let Some((user, group)) = unprivileged_user(&directory) {
            chown(&directory, Some(user), Some(group)).expect("the directory changes hands");
            supervisor.uid(user).gid(group);
        }
        let mut supervisor = supervisor.spawn().expect("a shell");
        let mut word = String::new();
        BufReader::new(supervisor.stdout.take().expect("its standard output"))
            .read_line(&mut word)
            .expect("a word from the shell");
        if word.trim() != "ready" {
            // Its standard input stays open until this process ends, and the log is read before it cleans up.
            let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
            panic!("PostgreSQL in {} did not start:\n{log}", binaries.display());
        }
        Some(Self {
            directory,
            _supervisor: supervisor,
        })
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        let socket = self.directory.join("data");
        let socket: String = socket
            .to_str()
            .expect("a temporary directory with a readable name")
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect();
        format!("postgres://postgres@localhost:5432/{database}?host={socket}")
    }
}

/// In memory where the machine offers a gigabyte of it, and otherwise the directory for temporary files: to copy a
/// database is to make some three hundred files, 15 ms in memory and up to 150 on a busy disk.
fn roomy_directory() -> PathBuf {
    const MEMORY: &str = "/dev/shm";
    const KILOBYTES: u64 = 1 << 20;
    let free = || {
        let answer = Command::new("df").args(["-Pk", MEMORY]).output().ok()?;
        let table = String::from_utf8(answer.stdout).ok()?;
        let row = table.lines().nth(1)?;
        row.split_whitespace().nth(3)?.parse::<u64>().ok()
    };
    match free() {
        Some(free) if free >= KILOBYTES => PathBuf::from(MEMORY),
        _ => env::temp_dir(),
    }
}

/// Where `postgres` and `initdb` stand together: on the path, where Debian keeps its versions (newest first), or
/// where `pg_config` says.
fn binaries() -> Option<PathBuf> {
    let on_path: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    let told = || {
        let answer = Command::new("pg_config").arg("--bindir").output().ok()?;
        let directory = String::from_utf8(answer.stdout).ok()?;
        Some(PathBuf::from(directory.trim()))
    };
    let complete = |directory: &PathBuf| {
        ["postgres", "initdb", "pg_ctl"]
            .iter()
            .all(|name| directory.join(name).is_file())
    };
    on_path
        .into_iter()
        .chain(versions.into_iter().map(|(_, directory)| directory))
        .find(complete)
        .or_else(|| told().filter(complete))
}

/// PostgreSQL refuses to run as root: the user and group to run it as when `ours`, made by this process, is root's.
fn unprivileged_user(ours: &Path) -> Option<(u32, u32)> {
    let root = fs::metadata(ours).expect("just made").uid() == 0;
    let users = root.then(|| fs::read_to_string("/etc/passwd").expect("the list of users"))?;
    let ids_of = |wanted: &str| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields[..] {
                [name, _, user, group, ..] if name == wanted => {
                    Some((user.parse().ok()?, group.parse().ok()?))
                }
                _ => None,
            }
        })
    };
    let found = ids_of("postgres").or_else(|| ids_of("nobody"));
    Some(found.expect("a user `postgres` or `nobody`, since PostgreSQL does not run as root"))
}
