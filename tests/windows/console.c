/* Somebody at a Windows desktop, for the tests: opens a program as a double-click does, and tells what its console
 * window shows. One command a line on standard input, its answer on standard output, ended by a line with a dot.
 *
 *   open PROGRAM|ARGUMENTS     as the desktop opens it: in a console window of its own; answers "pid N"
 *   share PROGRAM|ARGUMENTS    in this one's console, which another program (this one) holds open; answers "pid N"
 *   screen                     the lines that the window shows, without the empty ones at the end
 *   state                      title, code page, modes, cursor
 *   close                      closes the window, as its close button does. Wine then ends the program at once
 *   closing                    what Windows does before that: a thread in the program that calls its handlers
 *   kill                       ends the program at once, as the task manager does
 *   wait MILLISECONDS          "exit CODE", or "running" when it is not over by then
 *   quit
 */
#define _WIN32_WINNT 0x0A00
#define UNICODE
#include <stdio.h>
#include <windows.h>
#include <shellapi.h>

static HANDLE program;
static DWORD pid;
static BOOL shares;

static void failed(const char *what) { printf("failed: %s (%lu)\n", what, GetLastError()); }

static WCHAR *wide(const char *text)
{
    static WCHAR buffers[2][4096];
    static int next;
    WCHAR *buffer = buffers[next++ % 2];
    MultiByteToWideChar(CP_UTF8, 0, text, -1, buffer, 4096);
    return buffer;
}

static void print_wide(const WCHAR *text, int length)
{
    char line[4096];
    int bytes = WideCharToMultiByte(CP_UTF8, 0, text, length, line, sizeof line, NULL, NULL);
    printf("%.*s\n", bytes, line);
}

/* Cuts the arguments off a program's path, which may hold spaces. */
static char *cut(char *path)
{
    char *arguments = strchr(path, '|');
    *arguments++ = 0;
    return arguments;
}

static void open_program(char *path)
{
    char *arguments = cut(path);
    SHELLEXECUTEINFOW how = {0};
    how.cbSize = sizeof how;
    how.fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_FLAG_NO_UI;
    how.lpVerb = L"open";
    how.lpFile = wide(path);
    how.lpParameters = wide(arguments);
    how.nShow = SW_SHOWNORMAL;
    if (!ShellExecuteExW(&how) || !how.hProcess) {
        failed("open");
        return;
    }
    program = how.hProcess;
    pid = GetProcessId(program);
    printf("pid %lu\n", pid);
}

static HANDLE console_end(const WCHAR *name)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
}

static void share_program(char *path)
{
    char line[4096];
    char *arguments = cut(path);
    snprintf(line, sizeof line, "\"%s\" %s", path, arguments);
    shares = TRUE;
    if (!AllocConsole()) {
        failed("console");
        return;
    }
    SetConsoleTitleW(L"somebody else's");
    SetConsoleOutputCP(437);
    HANDLE in = console_end(L"CONIN$"), out = console_end(L"CONOUT$");
    SetConsoleMode(in, ENABLE_PROCESSED_INPUT | ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT | ENABLE_EXTENDED_FLAGS | ENABLE_QUICK_EDIT_MODE);
    STARTUPINFOW start = {0};
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = in;
    start.hStdOutput = start.hStdError = out;
    PROCESS_INFORMATION made;
    if (!CreateProcessW(NULL, wide(line), NULL, NULL, TRUE, 0, NULL, NULL, &start, &made)) {
        failed("start");
        return;
    }
    program = made.hProcess;
    pid = made.dwProcessId;
    printf("pid %lu\n", pid);
}

/* While it looks, this program is one of those in the console: the program itself looks at its beginning only. */
static BOOL attach(void)
{
    if (shares) return TRUE;
    if (AttachConsole(pid)) return TRUE;
    failed("attach");
    return FALSE;
}

static void detach(void)
{
    if (!shares) FreeConsole();
}

static void print_screen(HANDLE out)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(out, &info)) {
        failed("screen");
        return;
    }
    int last = -1, columns = info.dwSize.X < 1024 ? info.dwSize.X : 1024;
    for (int pass = 0; pass < 2; pass++)
        for (SHORT row = 0; row < info.dwSize.Y && (pass == 0 || row <= last); row++) {
            WCHAR line[1024];
            DWORD read = 0;
            COORD at = {0, row};
            ReadConsoleOutputCharacterW(out, line, columns, at, &read);
            while (read > 0 && (line[read - 1] == ' ' || line[read - 1] == 0)) read--;
            if (pass == 1) print_wide(line, read);
            else if (read > 0) last = row;
        }
}

static void print_state(HANDLE in, HANDLE out)
{
    WCHAR title[512];
    DWORD in_mode = 0, out_mode = 0;
    CONSOLE_CURSOR_INFO cursor = {0};
    print_wide(title, GetConsoleTitleW(title, 512));
    GetConsoleMode(in, &in_mode);
    GetConsoleMode(out, &out_mode);
    GetConsoleCursorInfo(out, &cursor);
    printf("code page %u\nquick edit %s\noutput mode %lu\ncursor %s\n", GetConsoleOutputCP(),
           in_mode & ENABLE_QUICK_EDIT_MODE ? "on" : "off", out_mode, cursor.bVisible ? "shown" : "hidden");
}

static void look(BOOL at_screen)
{
    if (!attach()) return;
    HANDLE in = console_end(L"CONIN$"), out = console_end(L"CONOUT$");
    if (at_screen) print_screen(out);
    else print_state(in, out);
    CloseHandle(in);
    CloseHandle(out);
    detach();
}

static void close_window(void)
{
    if (!attach()) return;
    HWND window = GetConsoleWindow();
    detach();
    if (!PostMessageW(window, WM_CLOSE, 0, 0)) failed("close");
}

static void tell_closing(void)
{
    LPTHREAD_START_ROUTINE routine = (LPTHREAD_START_ROUTINE)(void *)GetProcAddress(GetModuleHandleW(L"kernelbase"), "CtrlRoutine");
    HANDLE thread = routine ? CreateRemoteThread(program, NULL, 0, routine, (void *)CTRL_CLOSE_EVENT, 0, NULL) : NULL;
    if (thread) CloseHandle(thread);
    else failed("closing");
}

/* Looks again and again: Wine's server ends a longer wait by its own clock, and a test may set ours wrong. */
static void wait_for_end(DWORD milliseconds)
{
    DWORD code;
    while (WaitForSingleObject(program, 0) == WAIT_TIMEOUT && milliseconds >= 20) {
        Sleep(20);
        milliseconds -= 20;
    }
    if (WaitForSingleObject(program, 0) == WAIT_OBJECT_0 && GetExitCodeProcess(program, &code)) printf("exit %lu\n", code);
    else printf("running\n");
}

/* A key in a console goes to every program in it; to ignore it in the other way would be handed on to the program. */
static BOOL WINAPI not_meant(DWORD event) { return event == CTRL_C_EVENT; }

int main(void)
{
    char line[4096];
    FreeConsole();
    SetConsoleCtrlHandler(not_meant, TRUE);
    /* A desktop has no standard streams to hand on: the console gives the program its own. */
    SetStdHandle(STD_INPUT_HANDLE, NULL);
    SetStdHandle(STD_OUTPUT_HANDLE, NULL);
    SetStdHandle(STD_ERROR_HANDLE, NULL);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\r\n")] = 0;
        if (!strncmp(line, "open ", 5)) open_program(line + 5);
        else if (!strncmp(line, "share ", 6)) share_program(line + 6);
        else if (!strcmp(line, "screen")) look(TRUE);
        else if (!strcmp(line, "state")) look(FALSE);
        else if (!strcmp(line, "close")) close_window();
        else if (!strcmp(line, "closing")) tell_closing();
        else if (!strcmp(line, "kill")) {
            if (!TerminateProcess(program, 1)) failed("kill");
        }
        else if (!strncmp(line, "wait ", 5)) wait_for_end(atoi(line + 5));
        else if (!strcmp(line, "quit")) return 0;
        else printf("failed: no such command: %s\n", line);
        printf(".\n");
        fflush(stdout);
    }
    return 0;
}
