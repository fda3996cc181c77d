/* Bait for the tests: planted beside the program under the names of Windows' own programs and libraries, it tells that
 * it was started or loaded by a file beside it, NAME.taken. As a program it plays more parts, by its own name:
 *
 *   careless.exe load NAME     loads a library by its bare name, as a program does that takes no care
 *   careless.exe start NAME    starts a program by its bare name
 *   browser.exe ADDRESS        a person's browser: appends the address to the file that FIXFORME_TEST_OPENED names
 *   scanner.exe FILE           a virus scanner: says "holds", and lets nobody move the file until its own input ends
 */
#include <wchar.h>
#include <windows.h>

static void append(const WCHAR *path, const char *text)
{
    DWORD written;
    HANDLE file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return;
    WriteFile(file, text, lstrlenA(text), &written, NULL);
    CloseHandle(file);
}

static void taken(HMODULE module)
{
    WCHAR path[1024];
    GetModuleFileNameW(module, path, 1000);
    wcscat(path, L".taken");
    append(path, "taken\n");
}

#ifdef LIBRARY

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) taken(module);
    return TRUE;
}

#else

static BOOL is_called(const WCHAR *name)
{
    WCHAR path[1024];
    GetModuleFileNameW(NULL, path, 1024);
    return !lstrcmpiW(wcsrchr(path, L'\\') + 1, name);
}

static int careless(const WCHAR *what, WCHAR *name)
{
    if (!lstrcmpW(what, L"load")) return LoadLibraryW(name) ? 0 : 3;
    STARTUPINFOW how = {0};
    PROCESS_INFORMATION made;
    how.cb = sizeof how;
    if (!CreateProcessW(NULL, name, NULL, NULL, FALSE, 0, NULL, NULL, &how, &made)) return 4;
    return WaitForSingleObject(made.hProcess, 20000) == WAIT_OBJECT_0 ? 0 : 5;
}

static int browser(const WCHAR *address)
{
    WCHAR path[1024];
    char line[8192];
    if (!GetEnvironmentVariableW(L"FIXFORME_TEST_OPENED", path, 1024)) return 3;
    int length = WideCharToMultiByte(CP_UTF8, 0, address, -1, line, sizeof line - 2, NULL, NULL);
    if (length == 0) return 4;
    lstrcpyA(line + length - 1, "\n");
    append(path, line);
    return 0;
}

static int scanner(const WCHAR *path)
{
    DWORD bytes;
    char byte;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return 3;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "holds\n", 6, &bytes, NULL);
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &bytes, NULL) && bytes) {}
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    if (argc == 3 && is_called(L"careless.exe")) return careless(argv[1], argv[2]);
    if (argc == 2 && is_called(L"browser.exe")) return browser(argv[1]);
    if (argc == 2 && is_called(L"scanner.exe")) return scanner(argv[1]);
    taken(NULL);
    return 0;
}

#endif
