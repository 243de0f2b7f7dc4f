//! # Vun: a backend for caregivers who learn
//!
//! Families learn how to care for their children, trainers run groups, supervisors see what share of caregivers was
//! reached against the target that applies, at any area on any day. Programmes, phases, indicators, targets and
//! areas are data with dates, never code.
//!
//! ## The map
//!
//! A feature is a folder: `mod.rs` holds its rules and operations and says where a transaction begins and ends,
//! `graphql.rs` its part of the API, `store.rs` its SQL. Each knows only those before it:
//!
//! 1. [`areas`]: areas with life spans, codes, changes, and the tree on any day
//! 2. [`people`]: caregivers, staff, their children, and consents
//! 3. [`auth`]: accounts, sessions, standings, and the capabilities that operations ask for
//! 4. [`content`]: domains, modules, lessons, quizzes, and the search in them; writing, reviewing and publishing lessons
//! 5. [`programmes`]: programmes, phases, indicators, targets, the register of populations, and what areas report
//! 6. [`learning`]: learning events, what they add up to, and the path of what comes next
//! 7. [`training`]: groups and who leads them, people without phones, assignments, sessions, home visits, the worklist,
//!    and merging duplicates
//! 8. [`coverage`]: the ledger, its counters, disclosure control, and coverage
//! 9. [`reports`]: what goes upward: frozen figures, their states, restatements, exports
//! 10. [`notices`]: what people are told: notices in the app, reminders, trainers' messages, and how they leave the house
//! 11. [`dashboard`]: pages for supervisors, rendered on the server
//!
//! Under them lie [`canonical`], [`clock`], [`config`], [`db`], [`delta`], [`error`], [`fold`], [`messages`], [`spreadsheet`]
//! and [`telemetry`]; [`app`] opens them in order. Over them lie [`graphql`] (what a request must be, and the schema),
//! [`http`] (the server) and [`commands`] (the command line). [`installation`] says what a database was made for,
//! [`shipped`] how shipped files are read, and [`generate`] invents a population for measuring. The crates `entity` and `migration` say what the
//! tables are and how they came to be.
//!
//! ## One request through the house
//!
//! `completeLesson`: [`http`] (size, time, a place among those worked on) → [`graphql::handler`] (media types, body)
//! → [`graphql::guard`] (depth, aliases, cost, before anything is validated) → [`graphql::schema`] (token → viewer) →
//! [`learning::graphql`] (takes the `Learner`, calls one operation) → [`learning`] (one transaction: append the event,
//! merge the state, write the tier that was reached to the ledger) → the payload with what changed. [`coverage`]
//! folds the ledger into counters in the background; a read adds what is not folded yet.
//!
//! ## What must stay true
//!
//! - No function reads or writes personal data without a capability of [`auth::capability`]; nothing outside
//!   [`auth`] makes one.
//! - No number of people leaves but through [`coverage::disclosure`]. There is no second way to a count.
//! - A learning event is never changed or deleted by learning. State is what merging all events in any order gives.
//! - Erasing somebody follows the pages of what each feature holds ([`people::holdings`]): all of her goes, past counts
//!   stand as sums that name nobody, and what was erased is never taken in again.
//! - An official area code is never a key: codes are reused. Residence names the commune of its time.
//! - Unknown is never 0.
//! - What a report froze never changes; later data stand beside it.
//! - Nothing rings in a person's quiet hours, nothing she muted rings, and one reminder a day does at most: [`notices::rules`].
//! - Nothing asks the machine for the time but [`clock`], and nothing begins a transaction but [`db`].
//! - There is no SQL outside `store.rs`, no GraphQL type in a rule, no resolver with a rule in it.
//! - What grows with people is found by an index: the API tests explain every statement they send.
//! - No internal text reaches a client.
//!
//! ## Words
//!
//! One word per thing, everywhere: table, type, schema, page.
//!
//! | word | Vietnamese | meaning |
//! |---|---|---|
//! | area | đơn vị hành chính | country, province, district (until 2025-06-30), commune; has a life span |
//! | atom | mảnh | smallest piece counted: an old commune, or its part in a new one |
//! | person | người | somebody a programme counts; may have no account and no phone |
//! | caregiver | cha mẹ, người chăm sóc | a person who cares for at least one child |
//! | staff | cán bộ, cộng tác viên | a person counted by staff indicators; may also be a caregiver |
//! | child | trẻ em | has no account; month of birth, optional disability profile |
//! | account | tài khoản | a login of one person |
//! | trainer | hướng dẫn viên | runs groups in an area |
//! | session, record | buổi học, bản ghi | a meeting of a group; what one trainer recorded of it, never changed |
//! | worklist, follow-up | danh sách cần liên hệ, lần liên hệ | whom a trainer calls next and why; what came of it |
//! | supervisor | người giám sát | sees counts of an area |
//! | editor | biên tập | writes lessons |
//! | administrator | quản trị | grants standings in an area |
//! | standing | tư cách | one of these four, granted to an account on an area, with dates |
//! | domain, module, lesson | lĩnh vực, học phần, bài học | home care (HC), inclusion (IN), early development (ED) |
//! | draft | bản nháp | a lesson as it is being written: submitted, signed by somebody else than its authors, published |
//! | refresher | học lại | a release for which having finished an earlier one does not count; learners are told why |
//! | release | bản phát hành | immutable numbered version of a lesson |
//! | variant | phiên bản thể hiện | one release in one language and modality |
//! | learning event | sự kiện học tập | one thing that happened, appended, never changed |
//! | media | hình, âm thanh, phim | what lessons show, named by the hash of its bytes |
//! | package, manifest | gói học, bản kê | lessons to take along without a network, and the signed list of them |
//! | tier | bậc | how far learning got: reached, completed, demonstrated, retained, practised |
//! | programme, phase, indicator, target | chương trình, giai đoạn, chỉ tiêu, mục tiêu | what the decisions order |
//! | denominator | mẫu số | the population an indicator is a share of; from a dated, sourced register |
//! | reported value | số báo cáo | what lessons cannot prove, entered by an area with its source, verified one level up |
//! | finding | phát hiện | what does not fit together in the data; has an owner and a state |
//! | coverage | độ bao phủ | numerator, denominator, share, target, gap of one indicator, area, day |
//! | notice, delivery | thông báo, lần gửi | something told to one person; how it leaves the house and what became of that |
//! | certificate | chứng nhận | that somebody reached what a programme asks, checked by anyone by its code |
//! | report | báo cáo | what an area says of a period: figures that are frozen when it is sent to the area above |

#![recursion_limit = "512"]

pub mod app;
pub mod areas;
pub mod auth;
pub mod canonical;
pub mod clock;
pub mod commands;
pub mod config;
pub mod content;
pub mod coverage;
pub mod dashboard;
pub mod db;
pub mod delta;
pub mod error;
pub mod fold;
pub mod generate;
pub mod graphql;
pub mod http;
pub mod installation;
pub mod learning;
pub mod messages;
pub mod notices;
pub mod people;
pub mod programmes;
pub mod reports;
pub mod shipped;
pub mod spreadsheet;
pub mod telemetry;
pub mod training;
