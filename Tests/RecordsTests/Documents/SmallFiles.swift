import CZlib

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

/// `smallPDF(["Locked away"])` with a password, by `qpdf --encrypt geheim owner 40`.
let lockedPDF = """
    JVBERi0xLjQKJb/3ov4KMSAwIG9iago8PCAvUGFnZXMgMiAwIFIgL1R5cGUgL0NhdGFsb2cgPj4KZW5kb2JqCjIgMCBvYmoKPDwgL0NvdW50ID
    EgL0tpZHMgWyAzIDAgUiBdIC9UeXBlIC9QYWdlcyA+PgplbmRvYmoKMyAwIG9iago8PCAvQ29udGVudHMgNCAwIFIgL01lZGlhQm94IFsgMCAw
    IDYxMiA3OTIgXSAvUGFyZW50IDIgMCBSIC9SZXNvdXJjZXMgPDwgL0ZvbnQgPDwgL0YxIDUgMCBSID4+ID4+IC9UeXBlIC9QYWdlID4+CmVuZG
    9iago0IDAgb2JqCjw8IC9MZW5ndGggNDggL0ZpbHRlciAvRmxhdGVEZWNvZGUgPj4Kc3RyZWFtCuik97vijH/GsfCYNqVUSsEvflvWfxratBlM
    PGee70YjYE63Ad7z35HeIdh1OYOtbWVuZHN0cmVhbQplbmRvYmoKNSAwIG9iago8PCAvQmFzZUZvbnQgL0hlbHZldGljYSAvRW5jb2RpbmcgL1
    dpbkFuc2lFbmNvZGluZyAvU3VidHlwZSAvVHlwZTEgL1R5cGUgL0ZvbnQgPj4KZW5kb2JqCjYgMCBvYmoKPDwgL0ZpbHRlciAvU3RhbmRhcmQg
    L0xlbmd0aCA0MCAvTyA8ODZmZTA0NTM1OGI0NGM5NjQ0NjkzZjMzYzA3Y2I1NGY1ODdkY2UxZTI2ODJmZTllY2VhNjEwN2ExZWY2MzBkZD4gL1
    AgLTQgL1IgMiAvVSA8YWQ5YWI2MWEzMjcyMTM4OTZjOTliNWRmZWU5ZGQ2OThkMzViZDNkN2E0NTllN2U5MzA4Mjk1M2M3YjNiYzc5Yz4gL1Yg
    MSA+PgplbmRvYmoKeHJlZgowIDcKMDAwMDAwMDAwMCA2NTUzNSBmIAowMDAwMDAwMDE1IDAwMDAwIG4gCjAwMDAwMDAwNjQgMDAwMDAgbiAKMD
    AwMDAwMDEyMyAwMDAwMCBuIAowMDAwMDAwMjUxIDAwMDAwIG4gCjAwMDAwMDAzNjkgMDAwMDAgbiAKMDAwMDAwMDQ2NiAwMDAwMCBuIAp0cmFp
    bGVyIDw8IC9Sb290IDEgMCBSIC9TaXplIDcgL0lEIFs8MTA4YWIyNjI1NmQ5MGJmYzQ1MzJjNTRkNjEzMDM3NzM+PDEwOGFiMjYyNTZkOTBiZm
    M0NTMyYzU0ZDYxMzAzNzczPl0gL0VuY3J5cHQgNiAwIFIgPj4Kc3RhcnR4cmVmCjY3MgolJUVPRgo=
    """

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

/// A ZIP file of files that are kept as they are.
///
/// - Parameter size: what its directory says that each unpacks to; nil for the truth.
func smallZip(_ files: [(name: String, text: String)], size: Int? = nil) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, text) in files {
        let bytes = Array(text.utf8)
        let checksum = Int(crc32(0, bytes, uInt(bytes.count)))
        let common =
            number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(checksum, 4) + number(bytes.count, 4)
            + number(size ?? bytes.count, 4) + number(name.utf8.count, 2) + number(0, 2)
        directory += number(0x0201_4B50, 4) + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2)
        directory += number(0, 4) + number(file.count, 4) + Array(name.utf8)
        file += number(0x0403_4B50, 4) + common + Array(name.utf8) + bytes
    }
    let start = file.count
    file += directory + number(0x0605_4B50, 4) + number(0, 4) + number(files.count, 2) + number(files.count, 2)
    return file + number(directory.count, 4) + number(start, 4) + number(0, 2)
}

private func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
