-- The tables behind the catalog of 云澜市 (Yunlan), a city that does not exist. Filled by `govdata index` from a seed.
-- Codes: region codes start with 99, which no real place has. As-of date: 2025-10-31; events start on 2022-01-01.

-- shared dimensions
create table dim_district(district_code varchar, district_name varchar, district_kind varchar, area_km2 double, established_year integer);
create table dim_street(street_code varchar, street_name varchar, street_kind varchar, district_code varchar);
create table dim_industry(industry_code varchar, industry_name varchar, section_code varchar, section_name varchar); -- GB/T 4754 大类 within 门类
create table dim_hospital(hospital_code varchar, hospital_name varchar, hospital_grade varchar, district_code varchar, beds integer);

-- 人口基础库
create table pop_resident(person_id varchar, name varchar, id_card_no varchar, gender varchar, birth_date date, ethnicity varchar, education varchar, marital_status varchar, phone varchar, home_address varchar, district_code varchar, street_code varchar, hukou_type varchar, residence_status varchar, registered_on date);
create table pop_vital_event(event_id varchar, person_id varchar, event_type varchar, event_date date, district_code varchar); -- 出生 死亡 迁入 迁出
create table pop_special_group(record_id varchar, person_id varchar, group_name varchar, district_code varchar, registered_on date);
-- 法人基础库
create table ent_registration(uscc varchar, ent_name varchar, ent_type varchar, industry_code varchar, district_code varchar, street_code varchar, reg_capital double, established_on date, status varchar, closed_on date, legal_rep varchar, legal_rep_id_no varchar, size_class varchar);
-- 电子证照基础库
create table cert_license(license_no varchar, license_type varchar, holder_kind varchar, holder_id varchar, issuer varchar, issued_on date, valid_to date, status varchar, district_code varchar);
-- 社会信用基础库
create table credit_penalty(case_no varchar, uscc varchar, penalty_type varchar, penalty_date date, fine_amount double, authority varchar, district_code varchar);
create table credit_rating(uscc varchar, rating_year integer, rating varchar, score double);
-- 自然资源与空间地理基础库
create table nat_parcel(parcel_id varchar, district_code varchar, street_code varchar, land_use varchar, area_m2 double, granted_on date, grant_price double);
create table infra_facility(facility_id varchar, facility_name varchar, facility_type varchar, lon double, lat double, capacity_mw double, district_code varchar); -- 重要数据
-- 共享材料基础库
create table mat_shared_material(material_id varchar, material_type varchar, provider varchar, submitted_on date, reuse_count integer, valid_to date, district_code varchar);

-- topics
create table hotline_ticket(ticket_id varchar, caller_phone varchar, content varchar, category varchar, subcategory varchar, channel varchar, district_code varchar, street_code varchar, handling_dept varchar, created_at timestamp, closed_at timestamp, status varchar, satisfaction varchar);
create table civ_lowincome(case_id varchar, person_id varchar, district_code varchar, street_code varchar, monthly_amount integer, reason varchar, start_date date, end_date date, household_size integer);
create table sub_payment(payment_id varchar, person_id varchar, program_name varchar, amount double, paid_on date, district_code varchar); -- 惠民惠农补贴
create table med_visit(visit_id varchar, person_id varchar, hospital_code varchar, visit_date date, visit_type varchar, icd10 varchar, diagnosis_name varchar, total_cost double, fund_paid double, district_code varchar); -- district of the insured
create table estate_transaction(contract_no varchar, unit_no varchar, buyer_person_id varchar, address varchar, area_m2 double, deal_price double, deal_date date, house_use varchar, is_new boolean, district_code varchar, street_code varchar); -- deal_price in 万元
create table tax_return(return_id varchar, uscc varchar, tax_type varchar, period varchar, taxable_income double, tax_paid double, district_code varchar); -- period 2024Q1; 万元
create table stat_survey(respondent_code varchar, uscc varchar, period varchar, industry_code varchar, district_code varchar, output_value double, employees integer, energy_tce double); -- 规上工业; 万元; period 2025Q3 not yet released
create table env_air_daily(station_code varchar, district_code varchar, day date, pm25 integer, pm10 integer, o3 integer, aqi integer, air_level varchar);
create table env_water_monthly(section_code varchar, river varchar, district_code varchar, month date, water_grade varchar, ammonia_mg_l double);
create table share_exchange_log(exchange_id varchar, resource_id varchar, provider_dept varchar, consumer_dept varchar, purpose varchar, exchanged_on date, channel varchar, row_count integer, status varchar);
create table open_download_log(download_id varchar, resource_id varchar, downloaded_on date, user_kind varchar, channel varchar);
create table dq_check_result(check_id varchar, resource_id varchar, rule_name varchar, dimension varchar, checked_on date, rows_checked integer, rows_failed integer, status varchar);
create table edu_student(student_id varchar, name varchar, id_card_no varchar, birth_date date, school_name varchar, grade integer, guardian_phone varchar, poverty_flag boolean, district_code varchar);
create table hr_civil_servant(emp_id varchar, name varchar, dept_name varchar, job_rank varchar, base_salary integer);
create table gov_service_case(case_no varchar, matter_name varchar, matter_kind varchar, applicant_kind varchar, channel varchar, district_code varchar, accepted_at timestamp, finished_at timestamp, promised_days integer, status varchar);
