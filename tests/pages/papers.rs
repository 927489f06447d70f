//! The documents of the shipped definitions, as people print them, in both languages.

use serde_json::json;

use super::{company::Company, site::Page};

async fn paper(company: &Company, who: &str, path: &str, page: &str, language: &str) -> Page {
    let path = format!("{path}/print/{page}?language={language}");
    company.shop.ask("GET", &path, who, language, "").await.status(200)
}

/// Domain scenario S1: six heavy trucks at 294 400.
fn quoted(company: &Company) -> String {
    let lines = json!([{"product": "重卡 H7", "quantity": 6, "price": 294_400}]);
    company.create("quote", json!({"account": "绵阳恒远通达物流有限公司", "owner": "sun", "lines": lines}))
}

#[tokio::test]
async fn a_quote_is_on_paper_what_the_customer_may_know() {
    let company = Company::of("contract.small_ones");
    let quote = quoted(&company);
    let page = paper(&company, "sun", &quote, "quotation", "zh").await;
    for said in [
        "<title>报价单 BJ202603-00001</title>",
        "<div class=\"company\">西南商用车销售服务有限公司</div>",
        "未生效",
        "绵阳恒远通达物流有限公司",
        "<td>孙立</td>",
        "<td>2026年4月1日</td>",
        "<td>重卡 H7</td><td>台</td><td class=\"num\">6</td><td class=\"num\">320,000.00</td><td class=\"num\">294,400.00</td><td class=\"num\">8%</td><td class=\"num\">13%</td><td class=\"num\">1,766,400.00</td>",
        "人民币壹佰柒拾陆万陆仟肆佰元整",
        "打印人：孙立",
    ] {
        page.has(said);
    }
    // What it costs us and what we earn is on no paper.
    page.lacks("240,000").lacks("7.88").lacks("毛利").lacks("成本");
    let page = paper(&company, "sun", &quote, "quotation", "en").await;
    for said in [
        "Southwest Commercial Vehicles Co., Ltd.",
        "Not in force",
        "CNY One million seven hundred and sixty-six thousand four hundred only",
        "1 Apr 2026",
    ] {
        page.has(said);
    }
    page.lacks("合计").lacks("报价单");
    // Another salesperson has no such quote.
    company.create("user", json!({"login": "li", "name": "李强"}));
    company.create("position", json!({"user": "li", "role": "salesperson"}));
    company.shop.ask("GET", &format!("{quote}/print/quotation"), "li", "zh", "").await.status(404);
}

#[tokio::test]
async fn a_contract_names_both_parties_the_price_and_the_payments() {
    let company = Company::of("contract.small_ones");
    let quote = quoted(&company);
    let number = "BJ202603-00001";
    let plans = json!([
        {"period": 1, "kind": "down", "due_on": "2026-04-17", "amount": 529_920},
        {"period": 2, "kind": "delivery", "due_on": "2026-05-31", "amount": 1_059_840},
        {"period": 3, "kind": "retention", "due_on": "2026-09-10", "amount": 176_640},
    ]);
    let contract = json!({"account": "绵阳恒远通达物流有限公司", "owner": "sun", "quote": number, "plans": plans, "terms": "质保两年。\n违约金按日万分之五 <b>"});
    let contract = company.create("contract", contract);
    let page = paper(&company, "sun", &contract, "contract_paper", "zh").await;
    for said in [
        "销售合同",
        "草稿",
        "91510700MA6U8CRM0K",
        "91510112MA6CT00R2B",
        "<td>重卡 H7</td>",
        "合同金额（大写）：人民币壹佰柒拾陆万陆仟肆佰元整",
        "<td>首付</td><td>2026年4月17日</td><td class=\"num\">529,920.00</td><td>伍拾贰万玖仟玖佰贰拾元整</td>",
        "壹拾柒万陆仟陆佰肆拾元整",
        "违约金按日万分之五 &lt;b&gt;",
    ] {
        page.has(said);
    }
    let page = paper(&company, "sun", &contract, "contract_paper", "en").await;
    for said in ["Sale contract", "Down payment", "CNY One million", "17 Apr 2026"] {
        page.has(said);
    }
    // A contract without a quote and without payments is a page as well.
    let bare = company.create("contract", json!({"account": "绵阳恒远通达物流有限公司", "owner": "sun", "amount": 10}));
    paper(&company, "sun", &bare, "contract_paper", "zh")
        .await
        .has("详见双方确认的清单")
        .has("壹拾元整")
        .has("一次性付清");
    // Whoever does not see the quote, as legal does not, reads on the contract what is delivered.
    company.shop.ask("GET", &format!("{quote}/print/quotation"), "you", "zh", "").await.status(404);
    paper(&company, "you", &contract, "contract_paper", "zh").await.has("<td>重卡 H7</td>").lacks("详见双方确认的清单");
}

#[tokio::test]
async fn an_order_and_a_claim_are_printed_by_the_station() {
    let company = Company::of("warranty_claim.good_claim");
    let page = paper(&company, "shen", &company.path("order"), "work_order_sheet", "zh").await;
    for said in [
        "绵阳蜀安汽车服务有限公司",
        "绵阳恒远通达物流有限公司",
        "LTXDJ10A9TC000456",
        "41,300 km",
        "ENG-03-012 水泵渗漏",
        "M02 渗漏",
        "罗技师",
        "马国强",
    ] {
        page.has(said);
    }
    paper(&company, "shen", &company.path("order"), "work_order_sheet", "en").await.has("Work order").has("Done at");
    let page = paper(&company, "shen", &company.path("claim"), "claim_sheet", "zh").await;
    for said in [
        "SP202605-00001",
        "<td>L-1307 更换水泵</td><td class=\"num\">4.5</td><td class=\"num\">3.5</td><td class=\"num\">50.00</td><td class=\"num\">225.00</td><td class=\"num\">175.00</td>",
        "<td>1307010-K01 水泵总成</td><td class=\"num\">1</td><td class=\"num\">486.00</td>",
        "<td class=\"num\">913.20</td>",
        "核准金额（大写）：人民币捌佰陆拾叁元贰角整",
        "制单人：沈站",
    ] {
        page.has(said);
    }
    page.lacks("风险").lacks("检查");
    paper(&company, "wang", &company.path("claim"), "claim_sheet", "en")
        .await
        .has("Eight hundred and sixty-three and 20/100");
    let page = paper(&company, "shen", &company.path("claim"), "appraisal_sheet", "zh").await;
    for said in [
        "故障鉴定单",
        "ENG-03-012 水泵渗漏",
        "M02 渗漏",
        "<td>1307010-K01 水泵总成</td><td class=\"num\">1</td>",
        "罗技师",
        "马国强",
    ] {
        page.has(said);
    }
    // Whoever looks at the part has no need of its price.
    page.lacks("486.00").lacks("检查");
}

#[tokio::test]
async fn a_box_of_old_parts_is_packed_by_its_list() {
    let company = Company::of("old_parts.in_order");
    let page = paper(&company, "shen", &company.path("box"), "old_parts_sheet", "zh").await;
    page.has("旧件返厂单").has("绵阳蜀安汽车服务有限公司").has("<td>1307010-K01 水泵总成</td><td>6901</td><td></td>");
    page.lacks("旧件鉴定单");
    paper(&company, "shen", &company.path("box"), "old_parts_sheet", "en").await.has("Old parts").has("Barcode");
}
