using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Library.Contracts;
using Library.ServiceDefaults.OpenApi;
using Library.ServiceDefaults.Security;
using Mono.Cecil;

namespace Library.Architecture.Tests;

public sealed class ContractTests
{
    /// <summary>Lists that the network's own files bound.</summary>
    private static readonly string[] ShortLists = ["ListBranches"];

    [Fact]
    public void Every_method_says_who_may_call_it() => House.Holds(House.Methods.SelectMany(AccessViolations));

    [Fact]
    public void Only_annotated_methods_are_public_and_services_ask_each_other_apart() => House.Holds(House.Methods.SelectMany(PublicityViolations));

    [Fact]
    public void Reading_has_no_side_effects_and_writing_takes_a_body() => House.Holds(House.Methods.SelectMany(VerbViolations));

    [Fact]
    public void Lists_are_paged() => House.Holds(House.Methods.Where(method => !ShortLists.Contains(method.Name)).SelectMany(PageViolations));

    [Fact]
    public void Every_POST_that_changes_something_has_its_effect_once() => House.Holds(House.Services.SelectMany(service =>
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, $"{service}.Service.dll"));
        return House.Methods.Where(method => IsOf(method, service) && ChangesByPost(method) && !EffectOnce(assembly.MainModule.Types, method.Name))
            .Select(method => $"{method.FullName} is served without Idempotency.RunAsync").ToList();
    }));

    [Fact]
    public void The_rules_can_fail()
    {
        var bad = Build(("GetThing", null, new HttpRule { Post = "/api/v1/things" }), ("AskThing", new Access { Roles = { "service" } }, new HttpRule { Get = "/api/v1/x" }),
            ("CreateThing", new Access { Roles = { "member", "king" }, BranchField = "nowhere" }, new HttpRule { Post = "/api/v1/things" }),
            ("ListThings", new Access { Roles = { "any" }, Own = true }, new HttpRule { Get = "/api/v1/things" }));
        Assert.NotEmpty(AccessViolations(bad[0]));
        Assert.NotEmpty(PublicityViolations(bad[1]));
        Assert.Equal(3, AccessViolations(bad[2]).Count());
        Assert.NotEmpty(AccessViolations(bad[3]));
        Assert.NotEmpty(VerbViolations(bad[0]));
        Assert.NotEmpty(VerbViolations(bad[3]));
        Assert.NotEmpty(PageViolations(bad[3]));
        using var own = AssemblyDefinition.ReadAssembly(typeof(ContractTests).Assembly.Location);
        Assert.False(EffectOnce(own.MainModule.Types, nameof(ForgetfulService.CreateThing)));
    }

    private static IEnumerable<string> AccessViolations(MethodDescriptor method)
    {
        var access = method.GetOptions()?.GetExtension(AccessExtensions.Access);
        if (access is null || access.Roles.Count == 0)
        {
            yield return $"{method.FullName} has no roles";
            yield break;
        }
        foreach (var role in access.Roles.Except([.. Roles.FromOutside, Roles.Service, Roles.Any])) yield return $"{method.FullName} names the unknown role {role}";
        if (access.Roles.Count > 1 && (access.Roles.Contains(Roles.Any) || access.Roles.Contains(Roles.Service))) yield return $"{method.FullName} mixes roles with any or service";
        if (access.Own != access.Roles.Contains(Roles.Member)) yield return $"{method.FullName} must say own where members may call it, and only there";
        if (access.BranchField.Length > 0 && method.InputType.FindFieldByName(access.BranchField)?.FieldType != FieldType.String)
            yield return $"{method.FullName} names a branch field that is none";
    }

    private static IEnumerable<string> PublicityViolations(MethodDescriptor method)
    {
        var isPublic = PathTemplate.BindingsOf(method).Any();
        var isInternal = method.GetOptions()?.GetExtension(AccessExtensions.Access)?.Roles is [Roles.Service];
        if (isPublic == isInternal) yield return $"{method.FullName} must either have a path or be for services, not both";
        var internalService = method.Service.Name.EndsWith("Directory", StringComparison.Ordinal) || method.Service.Name == "OperationsService";
        if (isInternal != internalService) yield return $"{method.FullName} is in the wrong service: the gateway lets whole services through";
    }

    private static IEnumerable<string> VerbViolations(MethodDescriptor method)
    {
        var pure = method.GetOptions()?.IdempotencyLevel == MethodOptions.Types.IdempotencyLevel.NoSideEffects;
        foreach (var (verb, template, body) in PathTemplate.BindingsOf(method))
        {
            if (verb == HttpMethod.Get && (!pure || body.Length > 0)) yield return $"{method.FullName} is read with GET and must be NO_SIDE_EFFECTS without a body";
            if (verb == HttpMethod.Post && body != "*") yield return $"{method.FullName} is a POST without body: \"*\"";
            if (verb != HttpMethod.Get && verb != HttpMethod.Post) yield return $"{method.FullName} uses {verb}; the interface has GET and POST";
            if (!template.StartsWith("/api/v1/", StringComparison.Ordinal)) yield return $"{method.FullName} is not under /api/v1/";
        }
    }

    private static IEnumerable<string> PageViolations(MethodDescriptor method)
    {
        if (!method.Name.StartsWith("List", StringComparison.Ordinal) && !method.Name.StartsWith("Search", StringComparison.Ordinal)) return [];
        var (asked, answered) = (method.InputType, method.OutputType);
        return asked.FindFieldByName("page_size") is not null && asked.FindFieldByName("page_token") is not null && answered.FindFieldByName("next_page_token") is not null
            ? [] : [$"{method.FullName} is a list without pages"];
    }

    private static bool IsOf(MethodDescriptor method, string service) => method.File.Package == $"library.{service.ToLowerInvariant()}.v1";

    private static bool ChangesByPost(MethodDescriptor method) =>
        method.GetOptions()?.IdempotencyLevel != MethodOptions.Types.IdempotencyLevel.NoSideEffects && PathTemplate.BindingsOf(method).Any(binding => binding.Verb == HttpMethod.Post);

    /// <summary>The method of the gRPC class, or what it calls within that class, runs the command through <c>Idempotency</c>.</summary>
    private static bool EffectOnce(IEnumerable<TypeDefinition> types, string method) => types
        .SelectMany(type => type.NestedTypes.Prepend(type))
        .Where(type => type.BaseType?.Name.EndsWith("ServiceBase", StringComparison.Ordinal) == true)
        .Any(type => type.Methods.Any(found => found.Name == method && Reaches(found, type, [])));

    private static bool Reaches(MethodDefinition method, TypeDefinition endpoint, HashSet<string> seen)
    {
        if (!seen.Add(method.FullName) || !method.HasBody) return false;
        var called = method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>().ToList();
        if (called.Any(call => call.DeclaringType.Name == "Idempotency" && call.Name == "RunAsync")) return true;
        // lambdas and state machines are nested types; a shared private method is one of the class's own
        return called.Where(call => call.DeclaringType.FullName.StartsWith(endpoint.FullName, StringComparison.Ordinal))
            .Select(call => call.Resolve()).OfType<MethodDefinition>()
            .SelectMany(call => call.Name == ".ctor" ? call.DeclaringType.Methods.AsEnumerable() : [call])
            .Concat(method.Body.Variables.Select(variable => variable.VariableType.Resolve()).OfType<TypeDefinition>()
                .Where(type => type.DeclaringType == endpoint).SelectMany(type => type.Methods))
            .Any(call => Reaches(call, endpoint, seen));
    }

    // --- deliberate violators ---

    private abstract class ThingServiceBase
    {
        public abstract int CreateThing();
    }

    private sealed class ForgetfulService : ThingServiceBase
    {
        public override int CreateThing() => 1;
    }

    private static IList<MethodDescriptor> Build(params (string Name, Access? Access, HttpRule Rule)[] methods)
    {
        var service = new ServiceDescriptorProto { Name = "ThingService" };
        foreach (var (name, access, rule) in methods)
        {
            var options = new MethodOptions();
            if (access is not null) options.SetExtension(AccessExtensions.Access, access);
            options.SetExtension(AnnotationsExtensions.Http, rule);
            service.Method.Add(new MethodDescriptorProto { Name = name, InputType = ".bad.Thing", OutputType = ".bad.Thing", Options = options });
        }
        var file = new FileDescriptorProto { Name = "bad.proto", Package = "bad", Syntax = "proto3", MessageType = { new DescriptorProto { Name = "Thing" } }, Service = { service } };
        return FileDescriptor.BuildFromByteStrings([file.ToByteString()], new ExtensionRegistry { AccessExtensions.Access, AnnotationsExtensions.Http })[0].Services[0].Methods;
    }
}
