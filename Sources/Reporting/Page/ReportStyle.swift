internal import Pages

extension StyleSheet {
    static let report = StyleSheet(rules)
}

private let rules: StaticString = """
    section{margin-top:2.5rem}
    section>h2{padding-bottom:.5rem;margin-bottom:.75rem;border-bottom:1px solid var(--rule)}
    .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    .nobreak{white-space:nowrap}
    .eyebrow{color:var(--soft);font-size:.875rem;margin-bottom:.25rem}
    .about{margin-top:.5rem;max-width:44rem;color:var(--soft)}
    .facts{display:flex;flex-wrap:wrap;gap:.375rem 2rem;margin-top:1.125rem;font-size:.8125rem}
    .facts dt{color:var(--soft)} .facts dd{overflow-wrap:anywhere}
    .notice{margin-top:1rem;padding:.75rem 1rem;border-left:3px solid var(--aside);background:var(--well);
     border-radius:0 5px 5px 0} .notice.wrong{border-color:var(--failed)} .notice p+p{margin-top:.375rem}

    .standing{margin-top:1.75rem}
    .shares{width:100%;height:10px;border-radius:3px;background:var(--well)}
    .tiles{display:grid;grid-template-columns:repeat(7,1fr);gap:.25rem;margin-top:.875rem}
    .tile{position:relative;padding:.25rem .25rem .25rem 1.125rem;line-height:1.3}
    .tile strong{display:block;font-size:1.375rem;font-weight:600;letter-spacing:-.01em;line-height:1.2}
    .tile span{font-size:.8125rem} .tile .note{display:block}
    .tile .sign{position:absolute;left:0;top:.5rem;color:var(--soft)}
    .tile.read{padding-left:0} .tile.none{color:var(--soft)} .tile.none strong{font-weight:400}
    .tile.done strong{color:var(--done-ink)} .tile.failed strong{color:var(--failed-ink)}
    .tile.rejected strong{color:var(--rejected-ink)} .tile.waiting strong{color:var(--waiting-ink)}

    .flow{margin-bottom:.75rem}
    .stage{display:grid;grid-template-columns:7rem minmax(0,1fr);align-items:center}
    .bed{width:7rem;height:calc(100% + 1px);margin-bottom:-1px;align-self:stretch}
    .gap{height:.625rem} .exits{min-height:2.25rem}
    .end{min-height:2rem}
    .card{display:grid;grid-template-columns:minmax(9rem,1fr) auto;column-gap:1.5rem;padding:.4375rem .875rem;
     border:1px solid var(--rule);border-radius:6px;background:var(--card)}
    .took{grid-column:1/-1;font-size:.8125rem} .took:empty{display:none}
    .took span:not(:last-child)::after{content:" ·";color:var(--aside)}
    .kind{font-weight:400;font-size:.8125rem}
    .inner{list-style:none;margin:.5rem 0 0;padding:0 0 0 .75rem;border-left:2px solid var(--rule)}
    .marks{display:flex;flex-wrap:wrap;column-gap:1rem;font-size:.875rem;align-items:baseline}
    .card .marks{justify-content:flex-end} .exits .marks{padding-left:.375rem}
    .marks a{text-decoration-color:transparent} .marks a:hover{text-decoration-color:currentcolor}

    .incident{padding:.125rem 0 .125rem 1rem;border-left:3px solid var(--aside)}
    .incident+.incident{margin-top:1.5rem}
    .incident>*+*{margin-top:.375rem}
    .incident.failed{border-color:var(--failed)} .incident.rejected{border-color:var(--rejected)}
    .incident.flagged{border-color:var(--flagged)}
    .files{margin-top:1.25rem}
    .message{max-width:46rem;white-space:pre-line}
    details pre{margin-top:.375rem}

    .outputs li{display:grid;grid-template-columns:minmax(0,1fr) auto 5.5rem;gap:0 1.25rem;padding:.375rem 0}
    .outputs li+li{border-top:1px solid var(--rule)}
    .hash{grid-column:1/-1;font-size:.75rem;overflow-wrap:anywhere}
    .sum strong{font-weight:600} .models{margin-top:.375rem}

    @media (max-width:44rem){
     main{padding:1.25rem 1rem 2rem} h1{font-size:1.375rem}
     .tiles{grid-template-columns:repeat(3,1fr)} .tile.read{grid-column:1/-1}
     .facts{gap:.25rem 1.25rem}
     .stage{grid-template-columns:3.5rem minmax(0,1fr)} .bed{width:3.5rem}
     .card{grid-template-columns:minmax(0,1fr)} .card .marks{justify-content:flex-start}
     .outputs li{grid-template-columns:minmax(0,1fr) auto} .outputs .wrap{grid-column:1/-1}
     .outputs .number{text-align:left}
    }
    @media print{
     section{margin-top:1.5rem} .card,.incident,.outputs li,.tile{break-inside:avoid}
     h2{break-after:avoid}
    }
    """
