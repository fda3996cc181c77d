//! The console calls of Windows. What they do and which of them restore what is told in Microsoft's console
//! documentation (learn.microsoft.com/windows/console).
#![expect(unsafe_code, reason = "calls into Windows: handles of this process and buffers of this file, nothing else")]

use std::ptr;
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Globalization::CP_UTF8;
use windows_sys::Win32::System::Console::{
    CONSOLE_CURSOR_INFO, CONSOLE_FONT_INFOEX, CONSOLE_MODE, CONSOLE_SCREEN_BUFFER_INFO, COORD, CTRL_CLOSE_EVENT,
    CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, ENABLE_EXTENDED_FLAGS, ENABLE_QUICK_EDIT_MODE,
    ENABLE_VIRTUAL_TERMINAL_PROCESSING, FillConsoleOutputCharacterW, FlushConsoleInputBuffer, GetConsoleCursorInfo,
    GetConsoleMode, GetConsoleOutputCP, GetConsoleProcessList, GetConsoleScreenBufferInfo, GetConsoleTitleW,
    GetCurrentConsoleFontEx, GetStdHandle, INPUT_RECORD, INPUT_RECORD_0, KEY_EVENT, KEY_EVENT_RECORD,
    KEY_EVENT_RECORD_0, STD_ERROR_HANDLE, STD_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetConsoleCtrlHandler,
    SetConsoleCursorInfo, SetConsoleCursorPosition, SetConsoleMode, SetConsoleOutputCP, SetConsoleTitleW,
    WriteConsoleInputW, WriteConsoleW,
};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::Threading::GetCurrentProcessId;
use windows_sys::core::BOOL;

use super::Window;

/// What was changed, as it was before; `None` for what was left alone.
#[derive(Debug, Default)]
struct Found {
    title: Option<Vec<u16>>,
    code_page: Option<u32>,
    input_mode: Option<CONSOLE_MODE>,
    output_mode: Option<CONSOLE_MODE>,
    cursor: Option<(i32, u32)>,
}

static FOUND: OnceLock<Found> = OnceLock::new();
static WHEN_CLOSED: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Fonts that are not TrueType have the characters of one code page only.
const TRUETYPE: u32 = 4;
/// The session of services, in which nobody sits (since Windows Vista).
const SERVICES: u32 = 0;

pub(super) fn prepare(title: &str) -> Window {
    let mut found = Found::default();
    let mut window = Window { processes: processes(), is_visible: session() != SERVICES, utf8: None, escapes: None };
    if let Some(screen) = screen() {
        found.title = swap_title(title);
        found.cursor = cursor(screen);
        let before = code_page();
        let shows_utf8 = set_code_page(CP_UTF8);
        found.code_page = shows_utf8.then_some(before);
        window.utf8 = Some(shows_utf8 && has_truetype(screen));
        found.output_mode = understand_escapes(screen);
        window.escapes = Some(found.output_mode.is_some());
        found.input_mode = keep_running_when_clicked();
    }
    let _ = FOUND.set(found);
    window
}

pub(super) fn put_back() {
    let Some(found) = FOUND.get() else { return };
    if let Some((input, _)) = console(STD_INPUT_HANDLE)
        && let Some(mode) = found.input_mode
    {
        set_mode(input, mode | ENABLE_EXTENDED_FLAGS);
    }
    if let Some(screen) = screen() {
        if let Some((visible, size)) = found.cursor {
            let info = CONSOLE_CURSOR_INFO { dwSize: size, bVisible: visible };
            // SAFETY: a handle of this process and a structure that outlives the call.
            unsafe { SetConsoleCursorInfo(screen, &raw const info) };
        }
        if let Some(mode) = found.output_mode {
            set_mode(screen, mode);
        }
    }
    if let Some(code_page) = found.code_page {
        set_code_page(code_page);
    }
    if let Some(title) = &found.title {
        // SAFETY: the text ends with a zero.
        unsafe { SetConsoleTitleW(title.as_ptr()) };
    }
}

pub(super) fn forget_typed() {
    if let Some((input, _)) = console(STD_INPUT_HANDLE) {
        // SAFETY: a handle of this process.
        unsafe { FlushConsoleInputBuffer(input) };
    }
}

/// Types Esc, which leaves a prompt of keys, and Enter, which ends the reading of a line that Esc has emptied.
pub(super) fn wake_prompt() {
    const ESCAPE: u16 = 0x1b;
    const ENTER: u16 = 0x0d;
    let Some((input, _)) = console(STD_INPUT_HANDLE) else { return };
    let key = |code: u16, is_down: BOOL| INPUT_RECORD {
        EventType: KEY_EVENT as u16,
        Event: INPUT_RECORD_0 {
            KeyEvent: KEY_EVENT_RECORD {
                bKeyDown: is_down,
                wRepeatCount: 1,
                wVirtualKeyCode: code,
                wVirtualScanCode: 0,
                uChar: KEY_EVENT_RECORD_0 { UnicodeChar: code },
                dwControlKeyState: 0,
            },
        },
    };
    let keys = [key(ESCAPE, 1), key(ESCAPE, 0), key(ENTER, 1), key(ENTER, 0)];
    let mut written = 0;
    // SAFETY: a handle of this process, and an array with its length.
    unsafe { WriteConsoleInputW(input, keys.as_ptr(), keys.len() as u32, &raw mut written) };
}

pub(super) fn when_closed(end: Box<dyn Fn() + Send + Sync>) {
    if WHEN_CLOSED.set(end).is_ok() {
        // SAFETY: the routine is a function of this program and lives as long as it.
        unsafe { SetConsoleCtrlHandler(Some(closed), 1) };
    }
}

/// Runs on a thread that Windows makes. The handler that was set last is asked first; 0 hands an event on to those
/// before it. Windows tells of log-off and shutdown only programs that have not loaded its user interface library: such
/// a one is ended there as by a kill, for which the journal is made.
unsafe extern "system" fn closed(event: u32) -> BOOL {
    match (event, WHEN_CLOSED.get()) {
        (CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT, Some(end)) => {
            end();
            1
        }
        _ => 0,
    }
}

fn processes() -> usize {
    // More than two need not be told apart; the count is right all the same.
    let mut ids = [0; 2];
    // SAFETY: an array with its length.
    unsafe { GetConsoleProcessList(ids.as_mut_ptr(), ids.len() as u32) as usize }
}

fn session() -> u32 {
    let mut session = SERVICES;
    // SAFETY: a number that outlives the call; it stays as it is when the call fails.
    unsafe { ProcessIdToSessionId(GetCurrentProcessId(), &raw mut session) };
    session
}

/// Returns a standard stream that is a console, and its mode.
fn console(stream: STD_HANDLE) -> Option<(HANDLE, CONSOLE_MODE)> {
    let mut mode = 0;
    // SAFETY: a number for a stream, and one that outlives the call.
    let (handle, is_console) = unsafe {
        let handle = GetStdHandle(stream);
        (handle, GetConsoleMode(handle, &raw mut mode) != 0)
    };
    is_console.then_some((handle, mode))
}

/// Returns the stream on which talk, or else data, reaches a screen.
fn screen() -> Option<HANDLE> {
    [STD_ERROR_HANDLE, STD_OUTPUT_HANDLE].into_iter().find_map(console).map(|(handle, _)| handle)
}

fn set_mode(handle: HANDLE, mode: CONSOLE_MODE) -> bool {
    // SAFETY: a handle of this process and a number.
    unsafe { SetConsoleMode(handle, mode) != 0 }
}

fn code_page() -> u32 {
    // SAFETY: no arguments.
    unsafe { GetConsoleOutputCP() }
}

fn set_code_page(code_page: u32) -> bool {
    // SAFETY: a number.
    unsafe { SetConsoleOutputCP(code_page) != 0 }
}

fn swap_title(title: &str) -> Option<Vec<u16>> {
    let mut before = vec![0; 1024];
    let title: Vec<u16> = title.encode_utf16().chain([0]).collect();
    // SAFETY: a buffer with its length, of which the last place stays zero, and a text that ends with a zero.
    unsafe {
        GetConsoleTitleW(before.as_mut_ptr(), before.len() as u32 - 1);
        (SetConsoleTitleW(title.as_ptr()) != 0).then_some(before)
    }
}

fn cursor(screen: HANDLE) -> Option<(i32, u32)> {
    let mut info = CONSOLE_CURSOR_INFO::default();
    // SAFETY: a handle of this process and a structure that outlives the call.
    let is_known = unsafe { GetConsoleCursorInfo(screen, &raw mut info) != 0 };
    is_known.then_some((info.bVisible, info.dwSize))
}

fn has_truetype(screen: HANDLE) -> bool {
    let mut font = CONSOLE_FONT_INFOEX { cbSize: size_of::<CONSOLE_FONT_INFOEX>() as u32, ..Default::default() };
    // SAFETY: a handle of this process and a structure that tells its own size.
    let is_known = unsafe { GetCurrentConsoleFontEx(screen, 0, &raw mut font) != 0 };
    is_known && font.FontFamily & TRUETYPE != 0
}

/// Switches escape sequences on and returns the mode before, or `None` where they are not understood: refused, or
/// taken and then written out as text, as consoles do that only know the flag.
fn understand_escapes(screen: HANDLE) -> Option<CONSOLE_MODE> {
    let mut before = 0;
    // SAFETY: a handle of this process and a number that outlives the call.
    let is_console = unsafe { GetConsoleMode(screen, &raw mut before) != 0 };
    let start = position(screen)?;
    if !is_console || !set_mode(screen, before | ENABLE_VIRTUAL_TERMINAL_PROCESSING) {
        return None;
    }
    let nothing: Vec<u16> = "\u{1b}[m".encode_utf16().collect();
    let mut written = 0;
    // SAFETY: a handle of this process and a text with its length.
    unsafe { WriteConsoleW(screen, nothing.as_ptr(), nothing.len() as u32, &raw mut written, ptr::null()) };
    if position(screen).is_some_and(|end| (start.X, start.Y) == (end.X, end.Y)) {
        return Some(before);
    }
    // SAFETY: as above.
    unsafe {
        FillConsoleOutputCharacterW(screen, u16::from(b' '), nothing.len() as u32, start, &raw mut written);
        SetConsoleCursorPosition(screen, start);
    }
    set_mode(screen, before);
    None
}

fn position(screen: HANDLE) -> Option<COORD> {
    let mut info = CONSOLE_SCREEN_BUFFER_INFO::default();
    // SAFETY: a handle of this process and a structure that outlives the call.
    let is_known = unsafe { GetConsoleScreenBufferInfo(screen, &raw mut info) != 0 };
    is_known.then_some(info.dwCursorPosition)
}

/// Switches QuickEdit off, with which a click into the window stops the program at its next line of output. Returns the
/// mode before.
fn keep_running_when_clicked() -> Option<CONSOLE_MODE> {
    let (input, mode) = console(STD_INPUT_HANDLE)?;
    set_mode(input, (mode | ENABLE_EXTENDED_FLAGS) & !ENABLE_QUICK_EDIT_MODE).then_some(mode)
}
