import ZipSamples

/// A PDF of a line of text a page, written by hand.
///
/// - Parameters:
///   - pages: one line each, without brackets in it; a page with nil shows a box and no text, as a scan does.
///   - info: the document's properties in PDF's own notation: `/Title(A title)`.
func smallPDF(_ pages: [String?], info: String = "") -> [UInt8] {
    var objects: [String] = ["<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    let tree = pages.count * 2 + 2
    var kids = ""
    for page in pages {
        let drawing = page.map { "BT /F1 12 Tf 72 720 Td (\($0)) Tj ET" } ?? "72 72 200 200 re f"
        objects.append("<</Length \(drawing.utf8.count)>>stream\n\(drawing)\nendstream")
        objects.append(
            "<</Type/Page/Parent \(tree) 0 R/MediaBox[0 0 612 792]/Contents \(objects.count) 0 R"
                + "/Resources<</Font<</F1 1 0 R>>>>>>")
        kids += " \(objects.count) 0 R"
    }
    objects.append("<</Type/Pages/Count \(pages.count)/Kids[\(kids)]>>")
    objects.append("<</Type/Catalog/Pages \(tree) 0 R>>")
    objects.append("<<\(info)>>")
    var file = "%PDF-1.4\n"
    var table = ""
    for (index, object) in objects.enumerated() {
        table += zeros(file.utf8.count, 10) + " 00000 n \n"
        file += "\(index + 1) 0 obj\n\(object)\nendobj\n"
    }
    let start = file.utf8.count
    file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n\(table)"
    file +=
        "trailer<</Size \(objects.count + 1)/Root \(objects.count - 1) 0 R/Info \(objects.count) 0 R>>\n"
        + "startxref\n\(start)\n%%EOF\n"
    return Array(file.utf8)
}

private func zeros(_ number: Int, _ width: Int) -> String {
    String(repeating: "0", count: width - String(number).count) + String(number)
}

/// A Word document of these paragraphs.
///
/// - Parameter properties: elements of `docProps/core.xml`: `<dc:title>A title</dc:title>`.
func smallWord(_ paragraphs: [String], properties: String = "") -> [UInt8] {
    let body = paragraphs.map { "<w:p><w:r><w:t>\($0)</w:t></w:r></w:p>" }.joined()
    let package = "http://schemas.openxmlformats.org/package/2006"
    return smallZip([
        (
            "[Content_Types].xml",
            "<Types xmlns='\(package)/content-types'><Default Extension='xml' ContentType='application/xml'/>"
                + "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
                + "<Override PartName='/word/document.xml' ContentType='application/vnd.openxmlformats-officedocument."
                + "wordprocessingml.document.main+xml'/></Types>"
        ),
        (
            "_rels/.rels",
            "<Relationships xmlns='\(package)/relationships'><Relationship Id='r1' Type='http://schemas."
                + "openxmlformats.org/officeDocument/2006/relationships/officeDocument' Target='word/document.xml'/>"
                + "</Relationships>"
        ),
        (
            "word/document.xml",
            "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>"
                + "\(body)</w:body></w:document>"
        ),
        (
            "docProps/core.xml",
            "<?xml version='1.0' encoding='UTF-8'?>\n<cp:coreProperties xmlns:cp='\(package)/metadata/core-properties' "
                + "xmlns:dc='http://purl.org/dc/elements/1.1/'>\(properties)</cp:coreProperties>"
        ),
    ])
}
