using System.Collections.Frozen;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Policies;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Rules;

/// <summary>One name for one thing in three places: the database and messages hold the contract's code, the rules and the proto an enumeration each.</summary>
public static class Codes
{
    private static readonly FrozenDictionary<string, Item.Types.Material> Materials = Of<Item.Types.Material>();
    private static readonly FrozenDictionary<string, Item.Types.Lending> Lendings = Of<Item.Types.Lending>();
    private static readonly FrozenDictionary<string, Item.Types.Acquisition> Acquisitions = Of<Item.Types.Acquisition>();
    private static readonly FrozenDictionary<string, Item.Types.State> States = Of<Item.Types.State>();

    public static Item.Types.Material MaterialOf(string code) => Materials[code];
    public static Item.Types.Lending LendingOf(string code) => Lendings[code];
    public static Item.Types.Acquisition AcquisitionOf(string code) => Acquisitions[code];
    public static Item.Types.State StateOf(string code) => States[code];

    public static Material MaterialRuleOf(string code) => Parse<Material>(code);
    public static LendingClass LendingRuleOf(string code) => Parse<LendingClass>(code);

    /// <summary>A code of the contract that the database's constraints let in, as the rules know it.</summary>
    public static T Parse<T>(string code) where T : struct, Enum =>
        ContractCode.TryParse<T>(code, out var value) ? value : throw new InvalidOperationException($"The code {code} is none of {typeof(T).Name}.");

    private static FrozenDictionary<string, T> Of<T>() where T : struct, Enum =>
        Enum.GetValues<T>().ToFrozenDictionary(value => Names.Of(value), value => value);
}
