using Xunit;

namespace Library.Testing;

/// <summary>The servers that <c>./library test</c> starts and names in variables; a test that needs one is skipped, with a message, where it is absent.</summary>
public static class TestServers
{
    public static string Postgres => Required("LIBRARY_TEST_POSTGRES");
    public static string RabbitMq => Required("LIBRARY_TEST_RABBITMQ");
    /// <summary>host:port of the mail catcher's SMTP.</summary>
    public static string MailSmtp => Required("LIBRARY_TEST_MAIL_SMTP");
    /// <summary>Base address of the mail catcher's API.</summary>
    public static string MailHttp => Required("LIBRARY_TEST_MAIL_HTTP");

    private static string Required(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        Assert.SkipWhen(string.IsNullOrEmpty(value), $"{variable} is not set: run the tests with ./library test, which starts the servers.");
        return value!;
    }
}

/// <summary>Waits for what happens in the background: looks until it holds, or fails with what it last saw.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), Look = TimeSpan.FromMilliseconds(20);

    /// <param name="within">For what is much work; <see cref="Limit"/> where absent.</param>
    public static async Task<T> SeesAsync<T>(Func<Task<T>> look, Func<T, bool> holds, string what, TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? Limit);
        using var timer = new PeriodicTimer(Look);
        while (true)
        {
            var seen = await look();
            if (holds(seen)) return seen;
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not within {(within ?? Limit).TotalSeconds} s: {what}. Last seen: {seen}");
            }
        }
    }

    public static Task IsTrueAsync(Func<Task<bool>> look, string what, TimeSpan? within = null) => SeesAsync(look, seen => seen, what, within);
}

/// <summary>Files that stand beside the repository on some machines only.</summary>
public static class SharedData
{
    /// <summary>Full path of a file or folder of the shared data; skips the test, with a message, where it is absent.</summary>
    public static string Path(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = System.IO.Path.Combine(folder.FullName, "shared", "data", relative);
            if (File.Exists(path) || Directory.Exists(path)) return path;
        }
        Assert.Skip($"The shared data is not on this machine: {relative}");
        return "";
    }
}
