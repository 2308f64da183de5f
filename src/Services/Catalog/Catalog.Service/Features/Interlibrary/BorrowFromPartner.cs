using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>What a partner lends to us: sent, arrived, sent back. Lending and taking it back are the desk's (CheckOutItem, ReturnItem).</summary>
public sealed class BorrowFromPartner(NetworkRules rules, InterlibrarySteps steps, BusinessClock clock, Outbox outbox)
{
    private const string BarcodeIsUnique = "item_barcode_is_unique";

    /// <summary>The lender's last day: today at the earliest and not absurdly late.</summary>
    public static LocalDate DueOn(Fields fields, string value, LocalDate today)
    {
        var due = fields.Date("dueOn", value);
        if (due != default && due < today) fields.Wrong("dueOn", "PAST");
        else if (due > today.PlusDays(InterlibraryRules.LongestLoanDays))
            fields.Wrong("dueOn", "RANGE", ("min", today.Iso()), ("max", today.PlusDays(InterlibraryRules.LongestLoanDays).Iso()));
        return due;
    }

    public Task<InterlibraryRequest> SupplyAsync(SupplyInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var due = DueOn(fields, request.DueOn, clock.Today);
        var named = request.Partner.Length > 0 ? fields.Name("partner", KeepPartners.Collection, request.Partner) : (Guid?)null;
        var number = fields.Text("partnerRequestId", request.PartnerRequestId, 0, 60);
        fields.ThrowIfWrong();
        return steps.RunAsync(request.Name, InterlibraryAction.Supply, caller, key, async step =>
        {
            var partner = named ?? step.Request.Partner ?? throw Failure.Invalid(new Violation("partner", "REQUIRED"));
            var agency = await RequestInterlibrary.AgencyAsync(step.Transaction, partner, cancellationToken);
            step.Set("partner", partner);
            step.Set("supplying_agency", agency);
            step.Set("supplying_request_id", number.Length > 0 ? number : step.Request.SupplyingRequestId);
            step.Terms(due, request.LibraryUseOnly, request.Renews);
        }, cancellationToken);
    }

    /// <summary>The copy, the charge and the fact in one transaction: pressed twice, or at two desks, it arrives once and is charged once.</summary>
    public async Task<InterlibraryRequest> ArriveAsync(ArriveInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var barcode = fields.Code("barcode", request.Barcode);
        fields.Price(request.PriceMinor);
        fields.ThrowIfWrong();
        try
        {
            return await steps.RunAsync(request.Name, InterlibraryAction.Arrive, caller, key, step =>
            {
                LenderCopy.Bring(step, barcode, request.PriceMinor, rules.CurrencyCode, request.Youth, step.Request.SupplyingAgency);
                step.Set("barcode", barcode);
                step.Add(ItemEvents.Write(barcode, step.Act, ItemEvents.Created, step.Request.Branch));
                Charge(step, barcode);
                return Task.CompletedTask;
            }, cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == BarcodeIsUnique)
        {
            throw Failure.AlreadyExists("ALREADY_EXISTS");
        }
    }

    public Task<InterlibraryRequest> SendBackAsync(SendBackInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        steps.RunAsync(request.Name, InterlibraryAction.SendBack, caller, key, step =>
        {
            step.SetItem("WITHDRAWN", step.Request.Branch);
            return Task.CompletedTask;
        }, cancellationToken);

    private void Charge(Step step, string barcode)
    {
        var request = step.Request;
        var member = request.Member ?? throw new InvalidOperationException("An open request of ours has a member.");
        var list = rules.Prices.On(step.Act.On);
        var fee = list is null ? null : UnitCharge.Of(
            ChargeKind.Interlibrary, PriceCodes.Interlibrary, list, list.InterlibraryMinor, units: 1, request.MemberName, request.Branch, request.Name, step.Act.On, rules);
        if (fee is not null) step.Add(Snapshots.CountCharge(fee, member));
        step.Add(outbox.Write(new InterlibraryArrived
        {
            Aggregate = request.Name,
            Version = request.Version + 1,
            Member = request.MemberName,
            Barcode = barcode,
            Branch = request.Branch,
            ArrivedAt = step.Act.At.ToDateTimeOffset(),
            LenderDueOn = request.DueOn!.Value.ToDateOnly(),
            Fee = fee,
        }));
    }
}
