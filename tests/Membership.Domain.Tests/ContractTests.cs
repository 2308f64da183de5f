using Google.Protobuf.Reflection;
using Library.Membership.V1;

namespace Library.Membership.Domain.Tests;

public sealed class ContractTests
{
    [Fact]
    public void Names_and_numbers_are_the_contracts()
    {
        Same<PersonStatus>(MembershipReflection.Descriptor.FindTypeByName<MessageDescriptor>("Person").FindDescriptor<EnumDescriptor>("Status"));
        Same<MembershipKind>(MembershipReflection.Descriptor.FindTypeByName<MessageDescriptor>("MembershipTier").FindDescriptor<EnumDescriptor>("Kind"));
        Same<MemberState>(MembershipReflection.Descriptor.FindTypeByName<MessageDescriptor>("Member").FindDescriptor<EnumDescriptor>("State"));
    }

    [Fact]
    public void Card_numbers_are_the_branch_and_seven_digits() => Assert.Equal("RAD0000042", CardNumber.Of("RAD", 42));

    private static void Same<T>(EnumDescriptor contract) where T : struct, Enum => Assert.Equal(
        contract.Values.Where(value => value.Number != 0).Select(value => (value.Name, value.Number)),
        Enum.GetValues<T>().Select(value => (ContractCode.Of(value), Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture))));
}
